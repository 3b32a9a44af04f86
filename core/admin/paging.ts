/** One page of a list that goes on after `last`, if there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly last?: string;
}

export interface PageRequest {
  readonly n: number;
  readonly last?: string;
}

/** `of`: `KIND/NAMESPACE/NAME`, where a run made a plan for each. */
export interface ItemsRequest extends PageRequest {
  readonly of?: string;
}
