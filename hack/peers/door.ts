export interface User {
  readonly name: string;
  readonly password: string;
}

/** How clients come to a registry. */
export interface Door {
  /** `127.0.0.1:PORT`; with TLS `localhost:PORT` */
  readonly host: string;
  /** A file (PEM) with the authority that signed its certificate; absent: plain HTTP. */
  readonly ca?: string;
  /** Who may; absent: everybody. */
  readonly user?: User;
}
