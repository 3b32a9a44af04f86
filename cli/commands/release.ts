import type { OwnState } from '../../registry/doctor/ownState.ts';
import type { ReleaseState } from '../../registry/doctor/release.ts';
import type { Call, Command } from '../command.ts';
import { type Ending, Failure } from '../failure.ts';
import { noOperands } from '../operands.ts';
import { outputOption, whereOptions } from '../options.ts';
import { becomeOwner } from '../owner.ts';
import { printable } from '../table.ts';
import { note, say } from '../terminal.ts';
import { bytes, count } from '../units.ts';
import { keepingAwake } from '../wakefulness.ts';
import { readConfig } from '../where.ts';

const { storage, config } = whereOptions;

export const release: Command = {
  name: 'release',
  summary: 'Hand a storage back to other registries: everything that Coppice keeps of itself goes',
  usage: '--config FILE|--storage DIR [--yes]',
  about:
    'Shows what is given up, and does it with --yes. Refuses while a replica is registered or a run is on. Images, tags and layers stay as they are.',
  options: { storage, config, yes: { type: 'boolean', says: 'do it' }, ...outputOption },
  examples: [
    ['coppice release --storage /var/lib/registry', 'what would be given up'],
    ['coppice release --storage /var/lib/registry --yes', 'do it; then start the other registry'],
  ],
  async run(call) {
    noOperands(call);
    const root = (await configOf(call)).storage.rootDirectory;
    await becomeOwner(root);
    const state = await releaseDirectory(call, root);
    const { terminal } = call.world;
    if (call.output === 'json') say(terminal, JSON.stringify(documentOf(state, call.flag('yes')), undefined, 2));
    else for (const line of lines(state, call.flag('yes'))) say(terminal, line);
    return endingOf(state, call.flag('yes'));
  },
};

async function configOf(call: Call): ReturnType<typeof readConfig> {
  const [directory, file] = [call.text('storage'), call.text('config')];
  if ((directory === undefined) === (file === undefined))
    throw new Failure('usage', 'give one of --storage and --config');
  return readConfig(call, file, directory);
}

async function releaseDirectory(call: Call, root: string): Promise<ReleaseState> {
  const { terminal, signal, mono, fresh } = call.world;
  const [{ FilesystemDriver }, { openRecords }, { systemTimers }, { ownDirectory }, doctor] = await Promise.all([
    import('../../registry/storage/filesystem/driver.ts'),
    import('../../registry/records/records.ts'),
    import('../../registry/window/timers.ts'),
    import('../../registry/doctor/ownDirectory.ts'),
    import('../../registry/doctor/release.ts'),
  ]);
  const driver = new FilesystemDriver(root);
  if ((await driver.stat('/', signal)) === undefined) throw new Failure('usage', `${root} is not there`);
  const onPruningFailed = (error: unknown): void => {
    note(terminal, `old gates could not be removed: ${String(error)}`);
  };
  const records = openRecords(driver, { fresh, onPruningFailed });
  const ports = { driver, records, directory: ownDirectory(root), mono, timers: systemTimers };
  const act = call.flag('yes') ? doctor.release : doctor.lookAtRelease;
  const state = await keepingAwake(() => act(ports, signal));
  await records.gates.idle();
  return state;
}

function lines(state: ReleaseState, isDone: boolean): readonly string[] {
  switch (state.is) {
    case 'refused':
      return ['not handed back:', ...state.reasons.map((reason) => `  ${printable(reason)}`)];
    case 'nothing':
      return state.isLeft && !isDone
        ? ['handed back, but for what is left of it to be removed: add --yes']
        : ['Coppice keeps nothing here: any registry may serve it'];
    case 'ready':
      return [
        isDone ? 'handed back: any registry may serve it. Given up:' : 'would be given up:',
        ...givenUp(state.own).map((line) => `  ${line}`),
        ...(isDone ? [] : ['add --yes to do it']),
      ];
  }
}

function givenUp({ undoable, tombstones, trashBytes, protections, doneRequests }: OwnState): readonly string[] {
  const sources = protections.map(({ source }) => source).join(', ');
  return [
    `undo of ${count(undoable, 'deletion')} (${count(tombstones.length, 'tombstone')}); their bytes stay as garbage, for a collector to remove`,
    `${bytes(trashBytes)} in the trash`,
    `protections of ${count(protections.length, 'source')}${sources === '' ? '' : `: ${printable(sources)}`}`,
    'the records of runs and of pulls',
    `that ${count(doneRequests, 'DeleteRequest')} were carried out: a Coppice that serves this storage again would carry out those that still stand somewhere`,
  ];
}

function documentOf(state: ReleaseState, isDone: boolean): object {
  if (state.is !== 'ready') return state;
  const { undoable, tombstones, trashBytes, protections, doneRequests } = state.own;
  const lost = { undoable, tombstones: tombstones.length, trashBytes, protections, doneRequests };
  return { is: isDone ? 'released' : 'ready', givenUp: lost };
}

function endingOf(state: ReleaseState, isDone: boolean): Ending {
  if (state.is === 'refused') return 'failed';
  const asks = state.is === 'ready' || state.isLeft;
  return asks && !isDone ? 'asks' : 'ok';
}
