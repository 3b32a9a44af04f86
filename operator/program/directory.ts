import { openDirectoryHome } from '../directory/directoryHome.ts';
import { systemTimers } from '../runtime/timers.ts';
import type { OpenHome } from './ports.ts';

export interface DirectoryOptions {
  /** A directory of YAML files, or the documents themselves, which are read once. */
  readonly resources: string | { readonly from: 'text'; readonly text: () => Promise<string> };
  /** The state directory; one operator works on it at a time. */
  readonly state: string;
}

/** Resources in a directory of files. */
export function directoryHome({ resources, state }: DirectoryOptions): OpenHome {
  return async ({ now, mono, fresh, log }, signal) => {
    const options = { resources, state, now, mono, timers: systemTimers, fresh, log };
    const directory = await openDirectoryHome(options, signal);
    return { home: directory.home, about: { state }, close: () => directory.close() };
  };
}
