import type { ListenerConfig, ReplicaConfig } from '../registry/config/configuration.ts';
import { showListen, showPlace } from '../registry/config/listen.ts';
import { count, span } from './units.ts';

/** One thing that a configuration comes to. */
export interface Effect {
  readonly subject: string;
  readonly says: string;
}

/** What a replica that is configured so will do, for a person. It says names of files and of people, and never a secret. */
export function explain(config: ReplicaConfig): readonly Effect[] {
  const { storage, log, metrics } = config;
  const deletes = storage.deleteEnabled
    ? 'clients may delete'
    : 'clients may not delete (405); policies and requests may';
  const served = metrics.served ? `metrics at ${metrics.path}, and health` : 'health, and no metrics';
  const accesses = log.accesses ? 'with an entry for each request' : 'without requests';
  return [
    ...api(config),
    { subject: 'who may', says: whoMay(config) },
    { subject: 'writes', says: storage.readOnly ? 'this replica takes no push and no deletion (405)' : 'are taken' },
    { subject: 'deletions', says: storage.readOnly ? 'none by clients of this replica' : deletes },
    { subject: 'uploads', says: uploads(config) },
    { subject: 'manifests', says: manifests(config) },
    ...collections(config),
    ...admin(config),
    { subject: 'metrics', says: `${where(metrics.listener)}: ${served}` },
    { subject: 'notifications', says: notifications(config) },
    { subject: 'log', says: `${log.level} and above as ${log.formatter}, ${accesses}` },
  ];
}

function api({ http }: ReplicaConfig): readonly Effect[] {
  const { listener, tls, prefix, host, relativeUrls, catalogMost, drainMs } = http;
  const locations = relativeUrls ? 'relative' : host === undefined ? 'as the client called' : `${host}/v2/…`;
  const scheme = tls === undefined ? 'HTTP, without TLS' : `TLS (${tls.minimum} or newer) by ${tls.certificate}`;
  const clients = tls === undefined || tls.clientCas.length === 0 ? '' : `; clients: ${tls.clientAuth}`;
  return [
    { subject: 'registry API', says: `${showPlace(listener.at)}${prefix}/v2/, ${scheme}${clients}` },
    { subject: 'locations', says: locations },
    { subject: 'catalogue', says: `pages of at most ${catalogMost}` },
    { subject: 'stop', says: `waits up to ${span(drainMs)} for requests that are being answered` },
  ];
}

function whoMay({ access }: ReplicaConfig): string {
  if (access.by === 'nothing') return 'everybody who can reach it: no name is asked for';
  const pulls = access.anonymousPull ? '; pulls need no name' : '';
  if (access.by === 'htpasswd') return `the names in ${access.path}${pulls}`;
  return `who has a token of ${access.issuer} for ${access.service}, from ${access.realm}${pulls}`;
}

function uploads({ coppice: { uploadsMs, uploadsEveryMs }, storage }: ReplicaConfig): string {
  if (uploadsEveryMs === undefined) return 'that were given up stay for ever';
  const whoLooks = storage.readOnly ? 'collections look for them' : `looked for every ${span(uploadsEveryMs)}`;
  return `in which nothing happens for ${span(uploadsMs)} are taken away; ${whoLooks}`;
}

function manifests({ validation: { disabled, urls, entries } }: ReplicaConfig): string {
  if (disabled) return 'may refer to what was never pushed, and name any URL';
  const platforms =
    typeof entries === 'string' ? entries : entries.map((one) => `${one.os}/${one.architecture}`).join(', ');
  const needs =
    entries === 'none' ? 'entries of an index may be missing' : `entries of an index must be here: ${platforms}`;
  const named =
    urls === undefined
      ? 'any'
      : [...urls.allow.map((one) => `+${one}`), ...urls.deny.map((one) => `-${one}`)].join(' ');
  return `layers must be here; ${needs}; URLs: ${named}`;
}

function collections({ coppice }: ReplicaConfig): readonly Effect[] {
  const { permitTTLMs, windowMs, holdBudgetMs, promiseTTLMs, minAgeMs, confirmAfterMs, undoPeriodMs, trashTTLMs } =
    coppice;
  const untagged = coppice.untagged === 'Keep' ? 'manifests without a tag are kept' : 'manifests without a tag go';
  const marks = confirmAfterMs === 0 ? 'one mark' : `two marks ${span(confirmAfterMs)} apart`;
  return [
    { subject: 'collection', says: `${untagged}; nothing younger than ${span(minAgeMs)}; ${marks}` },
    { subject: 'undo', says: `within ${span(undoPeriodMs)}; removed bytes stay ${span(trashTTLMs)} more` },
    {
      subject: 'windows',
      says: `hold at most ${count(coppice.maxHeld, 'candidate')} and ${span(windowMs)}, a request at most ${span(holdBudgetMs)}`,
    },
    { subject: 'promises', says: `protect for ${span(promiseTTLMs)}; permits last ${span(permitTTLMs)}` },
  ];
}

function admin({ admin: { listener, tls, keys, tokenReview } }: ReplicaConfig): readonly Effect[] {
  const names = [...keys, ...(tokenReview?.users ?? [])].map(({ name, verbs }) => `${name} (${verbs.join(', ')})`);
  const scheme = tls === undefined ? 'HTTP' : `TLS by ${tls.certificate}`;
  const who = names.length === 0 ? 'who reaches it' : names.join(', ');
  return [{ subject: 'admin API', says: `${where(listener)}, ${scheme}; may use it: ${who}` }];
}

function where({ at, isConfigured }: ListenerConfig): string {
  return `${showListen(at)}${isConfigured ? '' : ' (unless that port is taken)'}`;
}

/** Hosts alone: paths and queries of receivers may be secrets. */
function notifications({ notifications: { endpoints } }: ReplicaConfig): string {
  const told = endpoints.filter(({ disabled }) => !disabled).map(({ name, url }) => `${name} at ${url.host}`);
  return told.length === 0 ? 'nobody is told' : told.join(', ');
}
