import { type AnyResource, kinds } from '../../operator/resources/home.ts';
import type { Call, Command } from '../command.ts';
import type { Ending } from '../failure.ts';
import { qualifiedName } from '../objects/kindNames.ts';
import { documentText, listOf } from '../objects/printing.ts';
import { askedFor, type Scope, scopeOf, select } from '../objects/selection.ts';
import { openState, stateOptions } from '../objects/state.ts';
import { objectTable } from '../objects/objectTable.ts';
import { namespaceOptions } from '../options.ts';
import { note, say } from '../terminal.ts';

export const get: Command = {
  name: 'get',
  summary: 'List the resources of an operator on a directory, as kubectl would',
  usage: 'KIND[,KIND…] [NAME…] | KIND/NAME… [OPTION…]',
  about:
    'KIND is registries (cregistry), retentionpolicies (retpol), deleterequests (delreq), collectionruns (colrun), or coppice for all of them. ' +
    'Without -n: the namespace that all objects are in, or all namespaces where they are in several. Works whether the operator runs or not.',
  options: {
    ...namespaceOptions,
    output: { type: 'string', short: 'o', value: 'FORMAT', says: 'wide, yaml, json or name; without it a table' },
    ...stateOptions,
  },
  formats: ['wide', 'yaml', 'json', 'name'],
  examples: [
    ['coppice get coppice', 'everything, of the resources in this directory'],
    ['coppice get delreq cve-2026-1234 -o yaml --resources ./registry-config', 'one request whole, with its plan'],
    ['coppice get retpol -A -o wide --state /var/lib/coppice', 'straight from a state directory'],
  ],
  async run(call) {
    const asked = askedFor(call.operands);
    const { objects } = await openState(call);
    const scope = scopeOf(objects, call.text('namespace'), call.flag('all-namespaces'));
    const { found, missing } = select(objects, asked, scope);
    const isOne = 'named' in asked && asked.named.length === 1;
    show(call, found, scope, isOne);
    for (const one of missing) note(call.world.terminal, one);
    return missing.length === 0 ? 'ok' : ('failed' satisfies Ending);
  },
};

function show(call: Call, found: readonly AnyResource[], scope: Scope, isOne: boolean): void {
  const { terminal } = call.world;
  const { format } = call;
  if (format === 'yaml' || format === 'json') {
    const [only, another] = found;
    if (!isOne || another !== undefined) say(terminal, documentText(listOf(found), format));
    else if (only !== undefined) say(terminal, documentText(only, format));
    return;
  }
  if (format === 'name') {
    for (const { kind, metadata } of found) say(terminal, `${qualifiedName(kind)}/${metadata.name}`);
    return;
  }
  if (found.length === 0 && !isOne) note(terminal, nothingIn(scope, 'resources'));
  const shown = kinds.filter((kind) => found.some((one) => one.kind === kind));
  for (const [at, kind] of shown.entries()) {
    if (at > 0) say(terminal, '');
    const ofKind = found.filter((one) => one.kind === kind);
    const lines = objectTable(kind, ofKind, {
      isWide: format === 'wide',
      withNamespace: scope.in === 'all',
      withKind: shown.length > 1,
      now: call.world.now(),
    });
    for (const line of lines) say(terminal, line);
  }
}

/** In the words of kubectl. */
export function nothingIn(scope: Scope, what: string): string {
  return scope.in === 'all' ? `No ${what} found` : `No ${what} found in ${scope.namespace} namespace.`;
}
