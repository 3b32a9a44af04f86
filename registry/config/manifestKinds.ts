import type { Platform } from '../../core/oci/descriptor.ts';
import { compileSearch } from '../../core/retention/pattern.ts';
import type { RequiredEntries } from '../repository/manifestRules.ts';
import type { UrlPatterns } from '../repository/urlPatterns.ts';
import { entriesOf, list, shown, Unfit } from './kinds.ts';
import type { Values } from './keys.ts';
import type { Mistake } from './mistake.ts';

/** What manifests are held against. */
export interface ValidationConfig {
  readonly disabled: boolean;
  /** Absent: nothing is said of URLs. */
  readonly urls?: UrlPatterns;
  readonly entries: RequiredEntries;
}

/** RE2 expressions that compile. */
export const patterns = list('a list of regular expressions', (one) => {
  if (typeof one !== 'string') return undefined;
  const compiled = compileSearch(one);
  if (!compiled.ok) throw new Unfit(`the expression ${shown(one)} ${compiled.why}`);
  return one;
});

export const platforms = list('a list of platforms {architecture, os}', (one): Platform | undefined => {
  const { architecture, os, ...others } = Object.fromEntries(entriesOf(one) ?? []);
  if (typeof architecture !== 'string' || typeof os !== 'string') return undefined;
  return Object.keys(others).length === 0 ? { os, architecture } : undefined;
});

export function validation(values: Values): ValidationConfig {
  const [allow, deny] = [values['validation.manifests.urls.allow'], values['validation.manifests.urls.deny']];
  const which = values['validation.manifests.indexes.platforms'];
  return {
    // The older of the two flags, where it is set, goes over the newer one.
    disabled: values['validation.disabled'] && !values['validation.enabled'],
    ...(allow.length + deny.length === 0 ? {} : { urls: { allow, deny } }),
    entries: which === 'list' ? values['validation.manifests.indexes.platformlist'] : which,
  };
}

export function refusedValidation(values: Values): readonly Mistake[] {
  const isEmpty = values['validation.manifests.indexes.platformlist'].length === 0;
  if (values['validation.manifests.indexes.platforms'] !== 'list' || !isEmpty) return [];
  const says = 'is needed: without a platform in it, list would mean none';
  return [{ key: 'validation.manifests.indexes.platformlist', says }];
}
