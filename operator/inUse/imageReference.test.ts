import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageReference, parseImageReference } from './imageReference.ts';

const hex = 'c'.repeat(64);
const digest = `sha256:${hex}`;

/** `HOST REPOSITORY TAG DIGEST`, `-` for what is not there. */
function told(reference: ImageReference | undefined): string {
  if (reference === undefined) return 'none';
  const { host, repository, tag = '-', digest: pinned = '-' } = reference;
  return [host, repository, tag, pinned === digest ? 'sha256' : pinned].join(' ');
}

// What github.com/distribution/reference makes of them.
const cases: readonly (readonly [text: string, is: string])[] = [
  ['nginx', 'docker.io library/nginx latest -'],
  ['nginx:1.27', 'docker.io library/nginx 1.27 -'],
  ['team/app:v1', 'docker.io team/app v1 -'],
  ['docker.io/nginx', 'docker.io library/nginx latest -'],
  ['index.docker.io/team/app', 'docker.io team/app latest -'],
  ['index.docker.io/nginx', 'docker.io library/nginx latest -'],
  ['docker.io/library/nginx:a', 'docker.io library/nginx a -'],
  ['localhost/app', 'localhost app latest -'],
  ['localhost:5000/app', 'localhost:5000 app latest -'],
  ['localhost:5000', 'docker.io library/localhost 5000 -'],
  ['registry.example.com/app', 'registry.example.com app latest -'],
  ['registry.example.com', 'docker.io library/registry.example.com latest -'],
  ['registry.example.com:5000/a/b/c:v1.2_3-x', 'registry.example.com:5000 a/b/c v1.2_3-x -'],
  ['registry/app', 'docker.io registry/app latest -'],
  ['registry:5000/app', 'registry:5000 app latest -'],
  ['Registry/app', 'Registry app latest -'],
  ['127.0.0.1:5000/app:v1', '127.0.0.1:5000 app v1 -'],
  ['[fd00::1]:5000/app:v1', '[fd00::1]:5000 app v1 -'],
  [`a.b/app@${digest}`, 'a.b app - sha256'],
  [`a.b/app:v1@${digest}`, 'a.b app v1 sha256'],
  [`nginx@${digest}`, 'docker.io library/nginx - sha256'],
  ['a.b/x__y/z--w', 'a.b x__y/z--w latest -'],
  [`sha256:${hex}`, `docker.io library/sha256 ${hex} -`],
  [hex, 'none'],
  ['', 'none'],
  ['/app', 'none'],
  ['a.b/', 'none'],
  ['a.b/App', 'none'],
  ['App', 'none'],
  ['nginx:', 'none'],
  ['nginx:-a', 'none'],
  ['nginx@', 'none'],
  ['nginx@sha256:abc', 'none'],
  [`nginx@sha256:${'C'.repeat(64)}`, 'none'],
  [`nginx@sha384:${'c'.repeat(96)}`, 'none'],
  ['a.b/app:v1:v2', 'none'],
  ['a.b//app', 'none'],
  ['a.b/app/', 'none'],
  ['a_b.c/app', 'none'],
  ['-a.b/app', 'none'],
  ['a.b:port/app', 'none'],
  ['https://a.b/app', 'none'],
  [' nginx', 'none'],
  ['nginx\n', 'none'],
  ['a.b/app:v1\n', 'none'],
  [`a.b/${'a'.repeat(256)}`, 'none'],
];

const segments = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
const hosts = fc.stringMatching(/^[a-zA-Z0-9]{1,8}\.[a-z]{2,5}(:[0-9]{1,5})?$/);
const tags = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/);
const digests = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);

describe('an image reference', () => {
  it.each(cases)('%j is %s', (text, is) => {
    expect(told(parseImageReference(text))).toBe(is);
  });

  it('is what it was made of', () => {
    const parts = fc.record(
      {
        host: hosts.filter((host) => host !== 'index.docker.io' && host !== 'docker.io'),
        repository: fc.array(segments, { minLength: 1, maxLength: 4 }).map((all) => all.join('/')),
        tag: tags,
        digest: digests,
      },
      { requiredKeys: ['host', 'repository'] },
    );
    fc.assert(
      fc.property(parts, ({ host, repository, tag, digest: pinned }) => {
        const text = `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${pinned === undefined ? '' : `@${pinned}`}`;
        const kept = tag ?? (pinned === undefined ? 'latest' : undefined);
        expect(parseImageReference(text)).toEqual({
          ...{ host, repository },
          ...(kept === undefined ? {} : { tag: kept }),
          ...(pinned === undefined ? {} : { digest: pinned }),
        });
      }),
    );
  });

  it('is the same again when it is written whole, whatever it was', () => {
    const pieces = fc.constantFrom(
      'a',
      'A',
      '0',
      '.',
      ':',
      '/',
      '@',
      '_',
      '-',
      'localhost',
      'docker.io',
      digest,
      'é',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (written) => {
        const first = parseImageReference(written.join(''));
        if (first === undefined) return;
        const { host, repository, tag, digest: pinned } = first;
        const whole = `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${pinned === undefined ? '' : `@${pinned}`}`;
        expect(parseImageReference(whole)).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });
});
