import { type Digest, parseDigest } from '../oci/digest.ts';
import { parseTag } from '../oci/reference.ts';
import { parseDuration } from '../retention/duration.ts';
import { isRepositoryGlob, isTagGlob } from '../retention/glob.ts';
import { type Pattern, compileRange, compileRegex } from '../retention/pattern.ts';
import { bounds } from './bounds.ts';
import { parseInstant } from './instant.ts';
import { shown } from './mistake.ts';
import { type Read, mappingOf, needed, text } from './reading.ts';

const dnsLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** The name of an object: a DNS subdomain (RFC 1123), as Kubernetes wants it. */
export const objectName = text(
  (it) =>
    it.length <= bounds.objectNameCharacters && it.split('.').every((label) => dnsLabel.test(label)) ? it : undefined,
  `a DNS-1123 subdomain (a-z, 0-9, "-" and ".", at most ${bounds.objectNameCharacters} characters)`,
);

/** The name of a namespace or of a rule. */
export const label = text(
  (it) => (it.length <= bounds.labelCharacters && dnsLabel.test(it) ? it : undefined),
  `a DNS-1123 label (a-z, 0-9 and "-", at most ${bounds.labelCharacters} characters)`,
);

export const registryRef = mappingOf({ name: needed(objectName) });

export const digest = text(parseDigest, 'a digest (sha256: and 64, or sha512: and 128 characters of 0-9 and a-f)');
export const tag = text(parseTag, 'a tag (a-z, A-Z, 0-9, "_", "." and "-", at most 128 characters)');

export const tagGlob = text(
  (it) => (isTagGlob(it) ? it : undefined),
  'a glob over tags ("*", "?" and the characters of tags, at most 128)',
);

export const repositoryGlob = text(
  (it) => (isRepositoryGlob(it) ? it : undefined),
  'a glob over repositories ("*" and "?" within a segment, "**" as a whole one, at most 255 characters)',
);

export const age = text(parseDuration, 'an age such as 90d or 1w12h (units w, d, h, m, s; at most a hundred years)');
export const instant = text(parseInstant, 'a date and time with offset (RFC 3339) such as 2026-11-20T00:00:00Z');

/** A plan's digest; the empty text stands for none, and can be told from a field that is mistaken. */
export const approvedPlan: Read<Digest | ''> = text(
  (it) => (it === '' ? it : parseDigest(it)),
  'the digest of a plan (sha256:…) or empty',
);

export const regex = pattern(compileRegex);
export const versionRange = pattern(compileRange);

function pattern(compile: (it: string) => Pattern): Read<string> {
  return (value, at) => {
    if (typeof value !== 'string') {
      at.tell(`must be text, got ${shown(value)}`);
      return undefined;
    }
    const compiled = compile(value);
    if (compiled.ok) return value;
    at.tell(`${compiled.why}, got ${shown(value)}`);
    return undefined;
  };
}
