import type { Status } from '../../core/admin/schema.ts';
import type { Command } from '../command.ts';
import { outputOption, whereOptions } from '../options.ts';
import { noOperands } from '../operands.ts';
import { printable, table } from '../table.ts';
import { say } from '../terminal.ts';
import { bytes, count, span } from '../units.ts';
import { administer } from '../where.ts';

export const status: Command = {
  name: 'status',
  summary: 'Show the gate, the replicas that serve the storage, and the last run',
  usage: '[OPTION…]',
  options: { ...whereOptions, ...outputOption },
  examples: [
    ['coppice status', 'of the replica on this machine'],
    ['coppice status --storage /var/lib/registry -o json', 'straight from a storage'],
  ],
  async run(call) {
    noOperands(call);
    await administer(call, async (administration) => {
      const found = await administration.status(call.world.signal);
      if (call.output === 'json') say(call.world.terminal, JSON.stringify(found, undefined, 2));
      else for (const line of lines(found)) say(call.world.terminal, line);
    });
    return 'ok';
  },
};

function lines({ storage, gate, lives, tombstones, lastRun }: Status): readonly string[] {
  const { readOnly } = gate;
  const rows = lives.map(({ life, instance, version, epoch, ageMs, left }) => [
    life,
    instance,
    version,
    epoch === null ? '-' : String(epoch),
    span(ageMs),
    left ? 'left' : 'serving',
  ]);
  return [
    `storage    ${storage}`,
    `gate       epoch ${gate.epoch}, ${gate.phase}${gate.run === undefined ? '' : `, run ${gate.run}`}`,
    ...(readOnly === undefined
      ? []
      : [`read-only  since ${readOnly.since}, by ${printable(readOnly.owner)}: ${printable(readOnly.reason)}`]),
    `tombstones ${tombstones}`,
    `last run   ${lastRun === undefined ? 'none' : runLine(lastRun)}`,
    '',
    ...(rows.length === 0
      ? ['no replica is registered']
      : table(['LIFE', 'INSTANCE', 'VERSION', 'EPOCH', 'SEEN', 'STATE'], rows)),
  ];
}

function runLine({ id, progress, ended, sweep }: NonNullable<Status['lastRun']>): string {
  if (ended === undefined) return `${id}, ${progress.phase}`;
  return `${id}, ${ended.reason}: ${count(sweep.removed, 'item')} removed, ${bytes(sweep.bytes)}`;
}
