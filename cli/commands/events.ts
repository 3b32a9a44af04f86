import type { RecordedEvent } from '../../operator/directory/eventLog.ts';
import type { Call, Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { eventDocument, inOrder, lastSeen, lineOf } from '../objects/events.ts';
import { documentText, listOf } from '../objects/printing.ts';
import { askedFor, type Scope, scopeOf } from '../objects/selection.ts';
import { openState, stateOptions } from '../objects/state.ts';
import { noOperands } from '../operands.ts';
import { namespaceOptions } from '../options.ts';
import { wideTable } from '../table.ts';
import { note, say } from '../terminal.ts';
import { nothingIn } from './get.ts';

export const events: Command = {
  name: 'events',
  summary: 'List what happened to the resources of an operator on a directory',
  usage: '[--for KIND/NAME] [OPTION…]',
  about: 'The newest last. They are kept for a day; a refused document is among them, under the file it stands in.',
  options: {
    for: { type: 'string', value: 'KIND/NAME', says: 'of this object alone' },
    ...namespaceOptions,
    output: { type: 'string', short: 'o', value: 'FORMAT', says: 'yaml or json; without it a table' },
    ...stateOptions,
  },
  formats: ['yaml', 'json'],
  examples: [
    ['coppice events', 'of the resources in this directory'],
    ['coppice events --for delreq/cve-2026-1234 --state /var/lib/coppice', 'of one request'],
  ],
  async run(call) {
    noOperands(call);
    const subject = subjectOf(call);
    const { objects, events: all } = await openState(call);
    const scope = scopeOf(objects, call.text('namespace'), call.flag('all-namespaces'));
    const shown = inOrder(all).filter(
      ({ subject: { kind, namespace, name } }) =>
        (scope.in === 'all' || namespace === scope.namespace || namespace === '') &&
        (subject === undefined || (kind === subject.kind && name === subject.name)),
    );
    show(call, shown, scope);
    return 'ok';
  },
};

function subjectOf(call: Call): { readonly kind: string; readonly name: string } | undefined {
  const text = call.text('for');
  if (text === undefined) return undefined;
  const asked = text.includes('/') ? askedFor([text]) : undefined;
  if (asked === undefined || !('named' in asked)) throw new Failure('usage', '--for takes KIND/NAME');
  return asked.named[0];
}

function show(call: Call, events: readonly RecordedEvent[], scope: Scope): void {
  const { terminal, now } = call.world;
  if (call.format === 'yaml' || call.format === 'json') {
    say(terminal, documentText(listOf(events.map(eventDocument)), call.format));
    return;
  }
  if (events.length === 0) {
    note(terminal, nothingIn(scope, 'events'));
    return;
  }
  const rows = events.map((event) => [
    ...(scope.in === 'all' ? [event.subject.namespace] : []),
    lastSeen(event, now()),
    event.type,
    event.reason,
    `${event.subject.kind}/${event.subject.name}`,
    lineOf(event),
  ]);
  const heading = [...(scope.in === 'all' ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
  for (const line of wideTable(heading, rows)) say(terminal, line);
}
