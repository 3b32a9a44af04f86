import type { PreparedRecord, RecordStore } from '../driver.ts';

/** For a storage on which a record is made in one step: it is made when it is due. */
export function preparedAs(store: Pick<RecordStore, 'create'>, bytes: Uint8Array): PreparedRecord {
  return {
    create: async (path, signal, seen) => store.create(path, bytes, signal, seen),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
