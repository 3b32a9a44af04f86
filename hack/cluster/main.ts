import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toolsCache } from '../tools/cache.ts';
import { importImage } from './node/image.ts';
import { NamedCluster, type Standing } from './namedCluster.ts';

const help = `node hack/cluster/main.ts up|down|status|hold [--name NAME] [--controllers] [--node [--image FILE]…]

A real API server (with its etcd) on 127.0.0.1, for trials. Its programs come from $KUBEBUILDER_ASSETS or from \`npm run tools kubernetes\`.

  up      starts it, if it does not stand yet, and prints the path of a kubeconfig for an administrator
  down    ends it and removes all that it stored
  status  says whether it stands and is ready; exit code 3: it does not stand
  hold    as up, but in the foreground, until SIGINT or SIGTERM

  --name NAME     which one (default)
  --controllers   with kube-controller-manager (garbage collection, namespaces, service accounts) and scheduler
  --node          with these and one real node, so that pods run (root; \`npm run tools\`); there is the image localhost/busybox:1
  --nodes N       1 is the same as --node; more there cannot be
  --image FILE    which the node is to have, too: an OCI layout in a tar file (as often as you like, also when it stands already)

Examples:
  export KUBECONFIG=$(node hack/cluster/main.ts up)
  kubectl apply --server-side -f crds/ && kubectl get coppice --all-namespaces
  node hack/cluster/main.ts up --name second --controllers
  node hack/cluster/main.ts up --name third --node --image coppice.tar
  node hack/cluster/main.ts down --name second
`;

const usage = {
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'default' },
    controllers: { type: 'boolean', default: false },
    node: { type: 'boolean', default: false },
    nodes: { type: 'string' },
    image: { type: 'string', multiple: true, default: [] as string[] },
    help: { type: 'boolean', default: false },
  },
} as const;

const commands = { up, down, status, hold };
const isCommand = (text: string | undefined): text is keyof typeof commands =>
  text !== undefined && Object.hasOwn(commands, text);

const { values, positionals } = parsed();
const [command] = positionals;
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (!isCommand(command) || positionals.length > 1) misused('one of up, down, status and hold is expected');
if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(values.name))
  misused(`${values.name} is no name: a to z, 0 to 9 and -, up to 40`);
if (values.nodes !== undefined && values.nodes !== '1')
  misused(`--nodes ${values.nodes}: a cluster has at most one node, since the network of its pods leads to no other`);

const node = values.node || values.nodes !== undefined;
const wanted = { controllers: values.controllers || node, node };
const cluster = new NamedCluster(join(toolsCache, 'clusters', values.name));
const controller = new AbortController();
for (const end of ['SIGINT', 'SIGTERM'])
  process.once(end, () => {
    controller.abort(new Error(end));
  });
try {
  process.exitCode = await commands[command](controller.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function parsed() {
  try {
    return parseArgs(usage);
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
}

function misused(why: string): never {
  console.error(`${why}\n\n${help}`);
  process.exit(2);
}

async function up(signal: AbortSignal): Promise<number> {
  const standing = (await cluster.standing()) ?? (await begin(signal));
  if ((wanted.controllers && !standing.controllers) || (wanted.node && standing.node === undefined))
    throw new Error(`it stands with less than that: end it first (down --name ${values.name})`);
  for (const file of values.image) {
    if (standing.node === undefined) throw new Error('--image needs a node');
    await importImage(standing.node, resolve(file), signal);
  }
  console.log(standing.kubeconfig);
  return 0;
}

/** In a process and a session of its own, which stay. */
async function begin(signal: AbortSignal): Promise<Standing> {
  await mkdir(dirname(cluster.log), { recursive: true });
  const log = openSync(cluster.log, 'w');
  const args = [fileURLToPath(import.meta.url), 'hold', '--name', values.name];
  const flags = (['controllers', 'node'] as const).filter((part) => wanted[part]).map((part) => `--${part}`);
  const holder = spawn(process.execPath, [...args, ...flags], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  signal.addEventListener('abort', () => holder.kill('SIGTERM'));
  const told = once(holder, 'message') as Promise<[Standing]>;
  const [standing] = await Promise.race([told, once(holder, 'exit').then((): [undefined] => [undefined])]);
  if (standing === undefined) throw new Error((await readFile(cluster.log, 'utf8')).trim());
  holder.disconnect();
  holder.unref();
  return standing;
}

async function hold(signal: AbortSignal): Promise<number> {
  await cluster.hold(
    wanted,
    (standing) => {
      console.log(standing.kubeconfig);
      process.send?.(standing);
    },
    signal,
  );
  return 0;
}

async function down(signal: AbortSignal): Promise<number> {
  const ended = await cluster.end(signal);
  console.log(ended === undefined ? `${values.name} does not stand` : `${values.name} is gone`);
  return 0;
}

async function status(signal: AbortSignal): Promise<number> {
  const standing = await cluster.standing();
  if (standing === undefined) {
    console.log(`${values.name} does not stand`);
    return 3;
  }
  const { exitCode, stdout, stderr } = await cluster.ready(standing, signal);
  const { holder, server, kubeconfig, controllers, node } = standing;
  const parts = `${controllers ? ', with controllers' : ''}${node === undefined ? '' : ' and a node'}`;
  console.log(`${values.name}: ${server}${parts}, held by process ${holder}`);
  console.log(`kubeconfig: ${kubeconfig}`);
  console.log(exitCode === 0 ? `ready: ${stdout}` : `not ready: ${stderr.trim()}`);
  return exitCode === 0 ? 0 : 1;
}
