import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { join } from './junction.ts';

/** Says so much and goes, as the socket of a server does that closes with its last answer. */
function speaker(...words: readonly string[]): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  for (const word of words) stream.push(word);
  stream.push(null);
  return stream;
}

/** Takes the first word only when `until` has come. */
function slowListener(until: Promise<unknown>, heard: string[]): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      heard.push(chunk.toString());
      void until.then(() => {
        done();
      });
    },
  });
}

it('carries all that was said to a slow listener, though who said it has gone', async () => {
  const gone = Promise.withResolvers<undefined>();
  const heard: string[] = [];
  const said = speaker('first', 'second');
  const listener = slowListener(gone.promise, heard);
  const ended = Promise.race([once(listener, 'finish'), once(listener, 'close')]);
  join(listener, said);
  await once(said, 'close');
  gone.resolve(undefined);
  await ended;
  expect(heard).toEqual(['first', 'second']);
});

it.each(['listener', 'speaker'] as const)('ends both where the %s is cut', async (cut) => {
  const streams = { listener: slowListener(Promise.resolve(), []), speaker: slowListener(Promise.resolve(), []) };
  join(streams.listener, streams.speaker);
  const closed = Promise.all(Object.values(streams).map(async (stream) => once(stream, 'close')));
  streams[cut].destroy();
  await closed;
  expect(Object.values(streams).every(({ destroyed }) => destroyed)).toBe(true);
});
