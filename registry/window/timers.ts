import type { Timers } from './ports.ts';

/** The process's own timers. They do not keep it alive. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return {
      cancel(): void {
        clearTimeout(timer);
      },
    };
  },
};
