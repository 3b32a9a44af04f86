/**
 * `npm run demo:cluster`: a cluster with one real node from nothing, the chart with the image of this checkout, pushes, deletions and a rolling update at the
 * same time; everything that was acknowledged is pulled again and hashed.
 */
import { parseArgs } from 'node:util';
import type { BuiltImage } from '../image/image.ts';
import { leave, play } from './play.ts';
import { ending, lackingStage, setStage, strike, withFolder } from './stage.ts';
import { Telling } from './telling.ts';

const help = `npm run demo:cluster -- [--keep]

Starts a Kubernetes cluster with one node on this machine (root; its programs come from \`npm run tools\`), installs the chart with the image built here, and
pushes all the time while a policy, a request, collections and a rolling update go on. Takes one to three minutes and leaves nothing.

  --keep      leaves the cluster standing, with the release, which is not uninstalled then: end it with ${ending}
  -h, --help

Exit codes: 0 all held; 1 something was lost, or a step did not come to its end; 2 misuse.

Examples:
  npm run demo:cluster
  npm run demo:cluster -- --keep && KUBECONFIG=$(node hack/cluster/main.ts up --name demo --node) kubectl get pods,coppice -n registry
`;

const telling = new Telling();
const controller = new AbortController();
for (const end of ['SIGINT', 'SIGTERM'])
  // Each time: npm and the terminal both send it, and cleaning up goes on.
  process.on(end, () => {
    controller.abort(new Error('interrupted'));
  });

const options = parsed();
if (options.help) console.log(help);
else process.exitCode = await main(options.keep, controller.signal);

function parsed(): { readonly keep: boolean; readonly help: boolean } {
  try {
    const { values } = parseArgs({
      options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exit(2);
  }
}

async function main(keep: boolean, signal: AbortSignal): Promise<number> {
  const lack = await lackingStage();
  if (lack !== undefined) {
    console.error(lack);
    return 1;
  }
  try {
    return (await withFolder(async (folder) => perform(folder, { keep }, signal))) === 0 ? 0 : 1;
  } catch (error) {
    console.error(signal.aborted ? 'interrupted' : error);
    return 1;
  } finally {
    // Not `signal`: what was interrupted is to be cleaned up, too.
    if (!keep || signal.aborted) await strike(new AbortController().signal);
    telling.tell(keep && !signal.aborted ? `the cluster stands; to end it: ${ending}` : 'the cluster is gone');
  }
}

/** How much was lost. */
async function perform(folder: string, { keep }: { readonly keep: boolean }, signal: AbortSignal): Promise<number> {
  const onBuilt = ({ digest }: BuiltImage): void => {
    telling.tell(`the image is built: ${digest}`);
  };
  const stage = await setStage(folder, onBuilt, signal);
  telling.tell('an API server and one node are ready');
  const lost = await play(stage, telling, signal);
  if (!keep) await leave(stage, telling, signal);
  return lost;
}
