import type { Examined } from '../registry/doctor/examination.ts';
import type { Finding, Findings, FindingSummary } from '../registry/doctor/findings.ts';
import type { OwnState } from '../registry/doctor/ownState.ts';
import { printable } from './table.ts';
import { say, type Terminal } from './terminal.ts';
import { bytes, count, span } from './units.ts';

/** How a diagnosis is shown: findings as they are made, then all the rest. */
export interface Diagnosis {
  found(finding: Finding): void;
  end(examined: Examined, findings: Findings): void;
}

/** One JSON document with every finding; it is written as it comes, so that millions of them need no memory. */
export class DiagnosisDocument implements Diagnosis {
  readonly #terminal: Terminal;
  #separator = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.out.write('{\n  "findings": [');
  }

  found({ mend: _ours, ...finding }: Finding): void {
    this.#terminal.out.write(`${this.#separator}\n    ${JSON.stringify(finding)}`);
    this.#separator = ',';
  }

  end({ counts, own }: Examined, findings: Findings): void {
    const kinds = findings.summaries().map(({ first: _first, ...kind }) => kind);
    const rest = JSON.stringify({ kinds, counts, coppice: own === undefined ? null : documentOf(own) }, undefined, 2);
    this.#terminal.out.write(`\n  ],${rest.slice(1)}\n`);
  }
}

function documentOf({ identity, gate, tombstones, lives, lastRun, lastSignAt, ...rest }: OwnState): object {
  return {
    storage: identity?.id ?? null,
    gate: gate === undefined ? null : { epoch: gate.epoch, phase: gate.phase, readOnly: gate.readOnly ?? null },
    lives: lives.map(({ heardAt, ...life }) => ({ ...life, heardAt: new Date(heardAt).toISOString() })),
    tombstones: tombstones.length,
    ...rest,
    lastRun: lastRun ?? null,
    lastSignAt: lastSignAt === 0 ? null : new Date(lastSignAt).toISOString(),
  };
}

/** For a person: each kind of finding with the first few of it, and what to do. */
export class DiagnosisText implements Diagnosis {
  readonly #terminal: Terminal;
  readonly #now: number;

  constructor(terminal: Terminal, now: number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  found(): void {
    // Told in the end, by kind.
  }

  end({ counts, own }: Examined, findings: Findings): void {
    const { repositories, tags, manifests, blobs, uploads } = counts;
    const content = [
      ...[count(repositories, 'repository', 'repositories'), count(tags, 'tag'), count(manifests, 'manifest')],
      ...[`${count(blobs, 'blob')} of ${bytes(counts.bytes)}`, count(uploads, 'upload')],
    ];
    say(this.#terminal, `content  ${content.join(', ')}`);
    for (const line of own === undefined ? ['coppice  never served this storage'] : ownLines(own, this.#now))
      say(this.#terminal, line);
    const summaries = findings.summaries();
    for (const summary of summaries) for (const line of summaryLines(summary)) say(this.#terminal, line);
    say(this.#terminal, '');
    say(this.#terminal, verdict(findings));
  }
}

function ownLines({ identity, gate, ...own }: OwnState, now: number): readonly string[] {
  const { lives, tombstones, undoable, trashBytes, protections, lastRun } = own;
  const of = identity === undefined ? 'storage without a name' : `storage ${identity.id}`;
  const at = gate === undefined ? 'no gate' : `epoch ${gate.epoch}, ${gate.phase}`;
  const readOnly =
    gate?.readOnly === undefined
      ? ''
      : `, read-only by ${printable(gate.readOnly.owner)}: ${printable(gate.readOnly.reason)}`;
  return [
    `coppice  ${of}, ${at}${readOnly}; last run ${lastRun === undefined ? 'none' : `${lastRun.id}, ${lastRun.reason}`}`,
    `         ${count(tombstones.length, 'tombstone')}, of which ${undoable} can be undone; ${bytes(trashBytes)} in the trash`,
    ...protections.map(
      ({ source, digests, tags }) =>
        `         ${source} protects ${count(digests, 'digest')} and ${count(tags, 'tag')}`,
    ),
    ...lives.map(
      ({ life, instance, left, heardAt }) =>
        `         life ${life} of ${printable(instance)}: ${left ? 'left' : 'stands'}, heard ${span(Math.max(0, now - heardAt))} ago`,
    ),
  ];
}

function summaryLines(summary: FindingSummary): readonly string[] {
  const { severity, name, says, todo, first, bytes: size } = summary;
  const more = summary.count - first.length;
  return [
    '',
    `${severity} ${name}, ${summary.count}${size === 0 ? '' : ` (${bytes(size)})`}: ${says}`,
    ...first.map((finding) => `  ${printable(finding.object)}: ${printable(finding.says)}`),
    ...(more === 0 ? [] : [`  and ${more} more, which -o json names`]),
    `  → ${todo}`,
  ];
}

function verdict(findings: Findings): string {
  const [errors, warnings, notes] = [findings.count('error'), findings.count('warning'), findings.count('info')];
  const all = `${count(errors, 'error')}, ${count(warnings, 'warning')}, ${count(notes, 'note')}`;
  return errors + warnings === 0 ? `nothing is wrong: ${all}` : all;
}
