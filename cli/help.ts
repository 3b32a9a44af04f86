import type { Command, Option } from './command.ts';
import { table } from './table.ts';

export function overview(commands: readonly Command[], version: string): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary]);
  return [
    `coppice ${version}: a container registry whose deletions are safe while clients push.`,
    '',
    'Usage: coppice COMMAND [OPTION…]',
    '',
    ...table(['Commands:', ''], rows),
    '',
    '`coppice COMMAND --help` shows its options and examples; `coppice --version` the version.',
    'Exit codes: 0 done, 1 failed, 2 a mistake in the command, the configuration or a resource, 3 stopped and asks, 130 cancelled.',
  ].join('\n');
}

export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, help: helpOption }).map(([name, option]) => [
    `  ${shown(name, option)}`,
    option.says,
  ]);
  const examples = command.examples.flatMap(([line, says]) => [`  # ${says}`, `  ${line}`]);
  return [
    `${command.summary}.`,
    '',
    `Usage: coppice ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}`,
    ...(command.about === undefined ? [] : ['', command.about]),
    '',
    ...table(['Options:', ''], options),
    '',
    'Examples:',
    ...examples,
  ].join('\n');
}

const helpOption: Option = { type: 'boolean', short: 'h', says: 'this text' };

function shown(name: string, { short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}
