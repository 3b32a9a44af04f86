/**
 * `node gate.ts ADDRESS PORT TO_API_SERVER TO_NODE`: the way between a node's network, in which this runs, and the machine's, where the API server is.
 * Connections to ADDRESS:PORT go on to the socket TO_API_SERVER; those that ask the socket TO_NODE for it (HTTP CONNECT, as an API server asks its egress
 * proxy) go into the node's network.
 */
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { join } from './junction.ts';

const [address = '', port = '', toApiServer = '', toNode = ''] = process.argv.slice(2);

createTcpServer({ noDelay: true }, (client) => {
  join(client, connect(toApiServer));
}).listen(Number(port), address);

createServer()
  .on('connect', (request, client: Duplex, head: Buffer) => {
    const target = new URL(`tcp://${request.url}`);
    const server = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    join(client, server);
    server.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(head);
    });
  })
  .listen(toNode);
