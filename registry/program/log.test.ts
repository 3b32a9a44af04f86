import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { fields } from '../config/kinds.ts';
import { openLog } from './log.ts';

function logged(formatter: 'text' | 'json', level: 'info' | 'warn' = 'info'): string {
  let written = '';
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const log = openLog(
    { level, formatter, fields: fields.read(new Map([['service', 'registry']])), accesses: true },
    to,
  );
  log.info({ epoch: 7, name: 'a "b"\nc', err: new Error('it broke') }, 'something happened');
  return written;
}

it('writes text as one line of logfmt, whatever the fields hold', () => {
  expect(logged('text')).toMatch(
    /^time=\S+Z level=info msg="something happened" service=registry epoch=7 name="a \\"b\\"\\nc" err="Error: it broke"\n$/,
  );
});

it('writes JSON with the level by name', () => {
  expect(JSON.parse(logged('json'))).toMatchObject({
    level: 'info',
    service: 'registry',
    epoch: 7,
    msg: 'something happened',
  });
});

it('keeps to its level', () => {
  expect(logged('text', 'warn')).toBe('');
});
