import { hashSync } from 'bcryptjs';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HandClock } from '../window/testing/handClock.ts';
import { AnonymousPull } from './anonymousPull.ts';
import { HtpasswdAccess } from './htpasswdAccess.ts';
import { HtpasswdFile, parseHtpasswd } from './htpasswdFile.ts';
import { PasswordChecks } from './passwordChecks.ts';

const challenge = 'Basic realm="the \\"registry\\""';
const hashed = (password: string, cost = 4): string => hashSync(password, cost).replace('$2b$', '$2y$');
const basic = (user: string, password: string, scheme = 'Basic'): string =>
  `${scheme} ${Buffer.from(`${user}:${password}`).toString('base64')}`;

let directory: string;
let path: string;
let running: AbortController;
let clock: HandClock;
let checks: PasswordChecks;
let access: HtpasswdAccess;
let told: (readonly [object, string])[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-htpasswd-'));
  path = join(directory, 'htpasswd');
  running = new AbortController();
  clock = new HandClock();
  told = [];
  const tell = (fields: object, says: string): void => void told.push([fields, says]);
  const file = new HtpasswdFile(path, { info: tell, warn: tell, error: tell });
  checks = new PasswordChecks({ mono: clock.mono, random: randomBytes, running: running.signal });
  access = new HtpasswdAccess({ realm: 'the "registry"', file, checks });
});
afterEach(async () => {
  running.abort(new Error('over'));
  await rm(directory, { recursive: true });
});

/** As an editor or a Secret does it: the whole file at once. */
async function put(...lines: readonly string[]): Promise<void> {
  await writeFile(`${path}.new`, `${lines.join('\n')}\n`);
  await rename(`${path}.new`, path);
}

/** What becomes of somebody, in one word: the name, or why not. */
async function says(authorization: string | undefined): Promise<string> {
  const verdict = await access.judge({ authorization, needed: [] });
  if (verdict.is === 'unauthenticated') expect(verdict.challenge).toBe(challenge);
  return verdict.is === 'allowed' ? verdict.user : verdict.is === 'undecided' ? verdict.why : '401';
}

describe('access by an htpasswd file', () => {
  it('lets in whoever has the password, and nobody else', async () => {
    await put('# people', '', `ann:${hashed('päss:word')}`, `  bob:${hashed('b')}  `);
    expect(await says(basic('ann', 'päss:word'))).toBe('ann');
    expect(await says(basic('bob', 'b', 'bAsIc'))).toBe('bob');
    const others = [
      ...[
        undefined,
        '',
        'Basic',
        'Basic !!!',
        basic('ann', 'b'),
        basic('bob', ''),
        basic('', 'b'),
        basic('# people', 'b'),
      ],
      ...[basic('carl', 'b'), basic('ann', 'päss:word', 'Bearer'), `Basic ${Buffer.from('bob').toString('base64')}`],
      ...[`${basic('bob', 'b')}, x`, basic('__proto__', 'b'), basic('ann\n', 'päss:word')],
    ];
    for (const other of others) expect([other, await says(other)]).toEqual([other, '401']);
    const latin1 = Buffer.concat([Buffer.from('ann:p'), Buffer.from([0xe4]), Buffer.from('ss:word')]);
    expect(await says(`Basic ${latin1.toString('base64')}`)).toBe('401');
  });

  it('goes by what the file says now', async () => {
    await put(`ann:${hashed('old')}`, `bob:${hashed('b')}`);
    expect(await says(basic('ann', 'old'))).toBe('ann');
    expect(await says(basic('bob', 'b'))).toBe('bob');
    await put(`ann:${hashed('new')}`);
    expect(await says(basic('ann', 'old'))).toBe('401');
    expect(await says(basic('ann', 'new'))).toBe('ann');
    expect(await says(basic('bob', 'b'))).toBe('401');
  });

  it.each<[string, () => Promise<void>]>([
    ['is gone', () => rm(path)],
    ['is not understood', () => put(`ann:${hashed('a')}`, 'a line of something else')],
    ['is not UTF-8', () => writeFile(path, Buffer.from([0x61, 0x3a, 0xff]))],
  ])('lets nobody in while the file %s, also whom it knew before', async (_, spoil) => {
    await put(`ann:${hashed('a')}`);
    expect(await says(basic('ann', 'a'))).toBe('ann');
    await spoil();
    expect(await says(basic('ann', 'a'))).toBe('unreadable');
    const together = await Promise.all([1, 2, 3].map(async () => says(basic('ann', 'a'))));
    expect(together).toEqual(['unreadable', 'unreadable', 'unreadable']);
    expect(await says(undefined)).toBe('401');
    await put(`ann:${hashed('a')}`);
    expect(await says(basic('ann', 'a'))).toBe('ann');
  });

  it('never lets in a user whose line is not of bcrypt, and names the line', async () => {
    await put(
      'ann:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
      'bob:plain',
      `carl:${hashed('c')}`,
      'carl:',
      `dan:${hashed('d')}x`,
    );
    for (const [user, password] of Object.entries({ ann: '', bob: 'plain', carl: 'c', dan: 'd' })) {
      expect([user, await says(basic(user, password))]).toEqual([user, '401']);
    }
    expect(told.map(([fields]) => fields)).toContainEqual({ path, lines: [1, 2, 4, 5] });
    expect(JSON.stringify(told)).not.toContain('plain');
  });

  it('takes as long for a name that is nobody’s: a hash as costly as the costliest', () => {
    const { passwords } = parseHtpasswd(
      [`ann:${hashed('a', 5)}`, `bob:${hashed('b').replace('$04$', '$12$')}`].join('\n'),
    );
    expect(passwords.nobodys).toMatch(/^\$2b\$12\$.{53}$/);
    expect(parseHtpasswd('').passwords.nobodys).toMatch(/^\$2b\$10\$.{53}$/);
  });

  it('does not let the event loop wait for a password', async () => {
    await put(`ann:${hashed('a', 11)}`);
    await says(basic('ann', 'wrong')); // the thread stands
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const began = performance.now();
    await says(basic('ann', 'a'));
    const tookMs = performance.now() - began;
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(tookMs / 2);
  });

  it('knows a right password for a while without checking, and a wrong one never', async () => {
    const hash = hashed('a');
    const claim = (password: string) => ({ user: 'ann', password, hash });
    expect(await checks.check(claim('a'))).toBe('right');
    expect(await checks.check(claim('b'))).toBe('wrong');
    running.abort(new Error('over')); // from here on nothing can be checked
    expect(await checks.check(claim('a'))).toBe('right');
    await expect(checks.check(claim('b'))).rejects.toThrow('over');
    clock.advance(5 * 60_000);
    await expect(checks.check(claim('a'))).rejects.toThrow('over');
  });

  it('sends away whom it cannot check soon, and goes on for whom it knows', async () => {
    await put(`ann:${hashed('a')}`, `bob:${hashed('b', 8)}`);
    expect(await says(basic('ann', 'a'))).toBe('ann');
    const waiting = Array.from({ length: 70 }, (_, at) => says(basic('bob', `guess ${at}`)));
    const found = await Promise.all([...waiting, says(basic('ann', 'a'))]);
    expect(found.filter((one) => one === 'busy')).toHaveLength(6);
    expect(found.at(-1)).toBe('ann');
    expect(await says(basic('bob', 'b'))).toBe('bob');
  });

  it('checks a pair once for all who come with it at a time', async () => {
    await put(`ann:${hashed('a', 10)}`);
    const found = await Promise.all(Array.from({ length: 200 }, () => says(basic('ann', 'a'))));
    expect(new Set(found)).toEqual(new Set(['ann']));
  });
});

describe('pulls without a name', () => {
  const pull = { type: 'repository', name: 'app' as never, action: 'pull' } as const;
  const push = { ...pull, action: 'push' } as const;
  const catalog = { type: 'registry', name: 'catalog', action: '*' } as const;

  it.each([
    ['a pull', [pull], true, 'allowed'],
    ['a mount of pulls alone', [pull, { ...pull, name: 'other' as never }], true, 'allowed'],
    ['a push', [pull, push], true, 'unauthenticated'],
    ['a deletion', [{ ...pull, action: 'delete' }], true, 'unauthenticated'],
    ['the catalogue', [catalog], true, 'unauthenticated'],
    ['the base, where it is open', [], true, 'allowed'],
    ['the base, where it is not', [], false, 'unauthenticated'],
  ] as const)('%s', async (_, needed, openBase, is) => {
    await put(`ann:${hashed('a')}`);
    const anonymous = new AnonymousPull(access, openBase);
    const verdict = await anonymous.judge({ authorization: undefined, needed });
    expect(verdict.is).toBe(is);
    if (verdict.is === 'allowed') expect(verdict).toMatchObject({ user: '', invitation: challenge });
    for (const wrong of [basic('ann', 'b'), 'Bearer x', ''])
      expect(await anonymous.judge({ authorization: wrong, needed })).toMatchObject({ is: 'unauthenticated' });
    expect(await anonymous.judge({ authorization: basic('ann', 'a'), needed })).toMatchObject({ user: 'ann' });
  });
});
