import { checked, compileSearch } from '../../core/retention/pattern.ts';
import type { Client, Listener } from '../http/happenings.ts';
import type { PullRecorder } from './recorder.ts';

/** Who pulls without using anything: what only they pull counts as not pulled. */
export interface Ignored {
  /** RE2, found anywhere in the user agent. Known to compile. */
  readonly userAgents: readonly string[];
  /** Names that clients prove. */
  readonly actors: readonly string[];
}

const remembered = 1000;

/** Hands on the pulls of manifests: of the digest, and of the tag by which it was asked for. A HEAD is none, nor is a blob. */
export function recordingPulls(recorder: Pick<PullRecorder, 'hear'>, ignored: Ignored): Listener {
  const isIgnored = ignoring(ignored);
  return (happening) => {
    if (happening.is !== 'manifestPulled' || isIgnored(happening.by)) return;
    const { repository, digest, tag } = happening;
    recorder.hear(repository, `@${digest}`);
    if (tag !== undefined) recorder.hear(repository, `:${tag}`);
  };
}

function ignoring({ userAgents, actors }: Ignored): (client: Client) => boolean {
  const patterns = userAgents.map((text) => checked(text, compileSearch(text)));
  const names = new Set(actors);
  const known = new Map<string, boolean>();
  const isIgnoredAgent = (userAgent: string): boolean => {
    const found = known.get(userAgent);
    if (found !== undefined) return found;
    const isIgnored = patterns.some((matches) => matches(userAgent));
    if (known.size >= remembered) known.clear(); // they are the clients' own words, of which there is no end
    known.set(userAgent, isIgnored);
    return isIgnored;
  };
  return ({ userAgent, actor }) => names.has(actor) || (patterns.length > 0 && isIgnoredAgent(userAgent));
}
