import type { EachPlan } from '../../core/admin/schema.ts';
import { keyOf, keyText, type Resource } from '../resources/home.ts';

/** What one plan is made for. */
export type Unit = Resource<'RetentionPolicy'> | Resource<'DeleteRequest'>;
export type UnitKind = EachPlan['kind'];

/** As runs name it beside its kind. */
export function unitName(unit: Unit): string {
  return keyText(keyOf(unit));
}

/** `KIND/NAMESPACE/NAME`, as the items of a run are asked for. */
export function unitText(unit: Unit): string {
  return `${unit.kind}/${unitName(unit)}`;
}
