import type { RecordedEvent } from '../../operator/directory/eventLog.ts';
import type { Command } from '../command.ts';
import { description } from '../objects/description.ts';
import { inOrder, lastSeen, lineOf } from '../objects/events.ts';
import { askedFor, scopeOf, select } from '../objects/selection.ts';
import { openState, stateOptions } from '../objects/state.ts';
import { namespaceOptions } from '../options.ts';
import { table } from '../table.ts';
import { note, say } from '../terminal.ts';
import { nothingIn } from './get.ts';

export const describe: Command = {
  name: 'describe',
  summary: 'Show resources of an operator on a directory whole, with their conditions and events',
  usage: 'KIND[,KIND…] [NAME…] | KIND/NAME… [OPTION…]',
  options: { ...namespaceOptions, ...stateOptions },
  examples: [
    ['coppice describe delreq cve-2026-1234', 'what it would delete and why, and what it waits for'],
    ['coppice describe registries --resources ./registry-config', 'every registry of these resources'],
  ],
  async run(call) {
    const { terminal, now } = call.world;
    const asked = askedFor(call.operands);
    const { objects, events } = await openState(call);
    const scope = scopeOf(objects, call.text('namespace'), call.flag('all-namespaces'));
    const { found, missing } = select(objects, asked, scope);
    for (const [at, object] of found.entries()) {
      if (at > 0) say(terminal, '\n');
      const own = events.filter(({ subject }) => subject.uid === object.metadata.uid);
      for (const line of description(object, eventLines(own, now()))) say(terminal, line);
    }
    if (found.length === 0 && missing.length === 0) note(terminal, nothingIn(scope, 'resources'));
    for (const one of missing) note(terminal, one);
    return missing.length === 0 ? 'ok' : 'failed';
  },
};

function eventLines(events: readonly RecordedEvent[], now: number): readonly string[] {
  if (events.length === 0) return [];
  const rows = inOrder(events).map((event) => [
    event.type,
    event.reason,
    lastSeen(event, now),
    'coppice',
    lineOf(event),
  ]);
  return table(['Type', 'Reason', 'Age', 'From', 'Message'], [['----', '------', '----', '----', '-------'], ...rows]);
}
