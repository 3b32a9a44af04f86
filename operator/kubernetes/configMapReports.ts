import { apiVersion, Conflict, Gone, Invalid } from '../resources/home.ts';
import type { Laid, Owner, Reports } from '../reports/report.ts';
import { ApiError } from './failure.ts';
import { fieldManager, namespacedPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** Longest that making one may take, and it is tried once: the status that names it waits for it. */
const timeoutMs = 5_000;

/** Reports as immutable ConfigMaps, which go with the object that owns them. Making them is all that is asked for, and no other right is needed. */
export class ConfigMapReports implements Reports {
  readonly #transport: Pick<Transport, 'ask'>;

  constructor(transport: Pick<Transport, 'ask'>) {
    this.#transport = transport;
  }

  async lay({ kind, metadata }: Owner, name: string, lines: string, signal: AbortSignal): Promise<Laid> {
    const { namespace, uid } = metadata;
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...{ namespace, name },
        labels: { 'app.kubernetes.io/managed-by': 'coppice', 'coppice.dev/report-of': kind },
        ownerReferences: [{ apiVersion, kind, name: metadata.name, uid }],
      },
      immutable: true,
      data: { 'items.jsonl': lines },
    };
    const path = namespacedPath('/api/v1', 'configmaps', namespace)({ fieldManager, fieldValidation: 'Strict' });
    try {
      const answer = await this.#transport.ask({ verb: 'create', path, body, timeoutMs, retries: 0 }, signal);
      return answer.is === 'absent' ? { is: 'refused', why: answer.says } : { is: 'laid' };
    } catch (error) {
      const isRefusal = error instanceof Invalid || error instanceof Conflict || error instanceof Gone;
      if (!isRefusal && !(error instanceof ApiError)) throw error;
      return { is: 'refused', why: error.message };
    }
  }
}
