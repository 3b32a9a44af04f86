import { tableOf } from '../../operator/api/columns.ts';
import type { AnyResource, Kind } from '../../operator/resources/home.ts';
import { wideTable } from '../table.ts';
import { qualifiedName } from './kindNames.ts';

export interface ObjectTableOptions {
  readonly isWide: boolean;
  readonly withNamespace: boolean;
  /** Names tell their kind: several kinds are shown. */
  readonly withKind: boolean;
  /** Ms since 1970. */
  readonly now: number;
}

/** The table of kubectl for objects of one kind, line by line. */
export function objectTable(
  kind: Kind,
  objects: readonly AnyResource[],
  { isWide, withNamespace, withKind, now }: ObjectTableOptions,
): readonly string[] {
  const { heading, rows } = tableOf(kind, objects, { wide: isWide, now });
  const cells = rows.map(([name = '', ...rest], at) => [
    ...(withNamespace ? [objects[at]?.metadata.namespace ?? ''] : []),
    withKind ? `${qualifiedName(kind)}/${name}` : name,
    ...rest,
  ]);
  return wideTable([...(withNamespace ? ['NAMESPACE'] : []), ...heading], cells);
}
