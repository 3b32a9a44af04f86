/** `node passage.ts SOCKET ADDRESS PORT`: in a node's network; connections to the socket, a file, go on to ADDRESS:PORT there. */
import { connect, createServer } from 'node:net';
import { join } from './junction.ts';

const [socket = '', host = '', port = ''] = process.argv.slice(2);

createServer((client) => {
  join(client, connect({ host, port: Number(port), noDelay: true }));
}).listen(socket);
