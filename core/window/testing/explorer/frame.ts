import { obeys } from './change.ts';
import { type Name, tokenOf } from './names.ts';
import type { Path } from './records.ts';
import { linkPath, referencesOf, type Setting } from './setting.ts';
import type { Call, Operation, OperationStep, World } from './world.ts';

/** The frame of each call: what it is admitted for, and its steps in their order. */

/** What a call asks of a replica. */
export type Work = Pick<Operation, 'kind' | 'tokens' | 'steps'>;

/** `undefined`: there is nothing to do, the answer is 404. */
export function workOf(world: World, call: Call): Work | undefined {
  const { setting } = world;
  const names = [call.digest, ...referencesOf(setting, call.digest)];
  switch (call.call) {
    case 'head':
      return promise([call.digest], [verifyOf(setting, undefined, call.digest), { do: 'lookAgain' }]);
    case 'get':
    case 'protect':
      return promise([], []);
    case 'mount':
      return commit(
        [call.digest],
        [verifyOf(setting, undefined, call.digest), write(`layer:${call.digest}`, call.digest)],
      );
    case 'blob':
      return commit([call.digest], [write(`data:${call.digest}`, call.digest)]);
    case 'put': {
      const subject = setting.manifests[call.digest]?.subject;
      const links = linksOf(setting, call.digest, call.tag === undefined ? [] : [call.tag]);
      const more = [subject, call.tag].filter((name) => name !== undefined);
      return commit([...names, ...more], [...verifyEach(setting, call.digest), ...links]);
    }
    case 'delete':
      return { kind: 'request', tokens: [], steps: [requestStep(world, call.digest)] };
    case 'undelete': {
      const found = world.storage.tombstones.entries().find(([, { digest }]) => digest === call.digest);
      if (found === undefined) return undefined;
      const [id, { tags }] = found;
      const free = tags.map((tag): OperationStep => ({ do: 'tagIsFree', tag, digest: call.digest }));
      const links = linksOf(setting, call.digest, tags).filter(({ path }) => !path.startsWith('data:'));
      // The last step writes no link, so its answer looks once more (W7).
      const last: readonly OperationStep[] = [{ do: 'dropTombstone', id }, { do: 'lookAgain' }];
      const verified = obeys(world, 'undeleteVerifies') ? verifyEach(setting, call.digest) : [];
      const steps = [...verified, ...free, ...links, ...last];
      return commit([...names, ...tags], [{ do: 'tombstoneStands', id }, ...steps]);
    }
  }
}

function requestStep(world: World, digest: Name): OperationStep {
  return obeys(world, 'requestsInWindows') ? { do: 'writeRequest', digest } : { do: 'strikeAll', digest };
}

function commit(names: readonly Name[], steps: readonly OperationStep[]): Work {
  return { kind: 'commit', tokens: names.map(tokenOf), steps };
}

function promise(names: readonly Name[], steps: readonly OperationStep[]): Work {
  return { kind: 'promise', tokens: names.map(tokenOf), steps };
}

function verifyEach(setting: Setting, digest: Name): OperationStep[] {
  return referencesOf(setting, digest).map((reference) => verifyOf(setting, digest, reference));
}

function verifyOf(setting: Setting, parent: Name | undefined, digest: Name): OperationStep {
  return { do: 'verify', path: linkPath(setting, parent, digest), digest };
}

interface Write {
  readonly do: 'write';
  readonly path: Path;
  readonly digest: Name;
}

function write(path: Path, digest: Name): Write {
  return { do: 'write', path, digest };
}

function linksOf(setting: Setting, digest: Name, tags: readonly Name[]): Write[] {
  const links = tags.map((tag) => write(`tag:${tag}`, digest));
  if (setting.frame === 'tagOnly') return links;
  return [write(`data:${digest}`, digest), write(`revision:${digest}`, digest), ...links];
}
