import { FilesystemDriver } from '../../storage/filesystem/driver.ts';

/** The process is gone: nothing that it would have done afterwards happens. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

const changing: ReadonlySet<string> = new Set([
  ...['create', 'write', 'move', 'discard', 'endLife', 'openWindow', 'endWindow', 'remove', 'settleRemovals'],
]);

/** A driver whose process dies right before its `n`th change of the storage (the first is 0). */
export function crashingBefore(n: number, root: string): FilesystemDriver {
  let changes = 0;
  const driver = new FilesystemDriver(root);
  return new Proxy(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (changing.has(String(name)) && changes++ >= n) return Promise.reject(new Crash(`before change ${n}`));
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}
