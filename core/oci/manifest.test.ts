import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Manifest, readManifest } from './manifest.ts';
import {
  dockerImage,
  dockerList,
  dockerSchema1,
  dockerSignedSchema1,
  ociArtifact,
  ociImage,
  ociIndex,
} from './mediaType.ts';

const [a, b, c] = ['0a', '0b', '0c'].map((pair) => `sha256:${pair.repeat(32)}`);
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const config = { mediaType: configType, digest: a, size: 2 };
const layer = { mediaType: layerType, digest: b, size: 3 };
const image = { schemaVersion: 2, mediaType: ociImage, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [{ mediaType: ociImage, digest: c, size: 4 }] };

function understood(document: unknown, contentType?: string): Manifest {
  const reading = readManifest(JSON.stringify(document), contentType);
  if (reading.is !== 'manifest') throw new Error(reading.why);
  return reading.manifest;
}

function why(document: unknown, contentType?: string): string | undefined {
  const reading = readManifest(typeof document === 'string' ? document : JSON.stringify(document), contentType);
  return reading.is === 'notUnderstood' ? reading.why : undefined;
}

describe('a manifest of a known type', () => {
  it('is an image with config and layers', () => {
    expect(understood(image, `${ociImage}; charset=utf-8`)).toEqual({
      kind: 'image',
      mediaType: ociImage,
      references: [
        { digest: a, role: 'config', sizeBytes: 2, mediaType: configType, foreign: false },
        { digest: b, role: 'layer', sizeBytes: 3, mediaType: layerType, foreign: false },
      ],
      artifactType: configType,
      annotations: {},
    });
  });

  it('is an image of Docker', () => {
    expect(understood({ ...image, mediaType: dockerImage })).toMatchObject({ kind: 'image', mediaType: dockerImage });
  });

  it.each([ociIndex, dockerList])('is a list of manifests: %s', (mediaType) => {
    expect(understood({ ...index, mediaType })).toMatchObject({
      kind: 'index',
      references: [{ digest: c, role: 'manifest', sizeBytes: 4, foreign: false }],
    });
  });

  it('is an artifact with blobs', () => {
    expect(
      understood({
        mediaType: ociArtifact,
        artifactType: 'x/y',
        blobs: [{ digest: b, urls: ['https://e'] }],
        subject: { digest: c },
      }),
    ).toEqual({
      kind: 'image',
      mediaType: ociArtifact,
      references: [{ digest: b, role: 'blob', foreign: true, urls: ['https://e'] }],
      subject: c,
      artifactType: 'x/y',
      annotations: {},
    });
  });

  it.each([dockerSchema1, dockerSignedSchema1])('is one of schema 1: %s', (mediaType) => {
    expect(understood({ mediaType, fsLayers: [{ blobSum: a }, { blobSum: a }] })).toMatchObject({
      kind: 'schema1',
      references: [
        { digest: a, role: 'layer', foreign: false },
        { digest: a, role: 'layer', foreign: false },
      ],
    });
  });

  it('has no layers where the list is absent or null', () => {
    for (const layers of [undefined, null, []]) {
      expect(understood({ ...image, layers }).references.map(({ role }) => role)).toEqual(['config']);
    }
  });

  it('has a subject, which is none of its references', () => {
    const referrer = understood({ ...image, subject: { digest: c } });
    expect(referrer.subject).toBe(c);
    expect(referrer.references.map(({ digest }) => digest)).toEqual([a, b]);
    expect(understood({ ...image, subject: null })).not.toHaveProperty('subject');
  });

  it('has the artifact type that it says, or that of its config', () => {
    expect(understood({ ...image, artifactType: 'x/y' }).artifactType).toBe('x/y');
    expect(understood({ ...image, artifactType: '' }).artifactType).toBe(configType);
    expect(understood({ ...image, config: { digest: a } })).not.toHaveProperty('artifactType');
    expect(understood(index)).not.toHaveProperty('artifactType');
  });

  it('has the annotations that are text', () => {
    const annotations = JSON.parse('{"a":"1","b":2,"__proto__":"x"}') as unknown;
    expect(Object.entries(understood({ ...image, annotations }).annotations)).toEqual([
      ['a', '1'],
      ['__proto__', 'x'],
    ]);
    expect(understood({ ...image, annotations: ['a'] }).annotations).toEqual({});
  });

  it.each([
    {
      name: 'of a foreign type',
      descriptor: { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
      foreign: true,
    },
    { name: 'with urls', descriptor: { urls: ['https://example.com/layer'] }, foreign: true },
    { name: 'with no urls in the list', descriptor: { urls: [] }, foreign: false },
    { name: 'with urls that are no list', descriptor: { urls: 'https://example.com/layer' }, foreign: false },
  ])('may lack a layer $name: $foreign', ({ descriptor, foreign }) => {
    const { references } = understood({ ...image, layers: [{ ...layer, ...descriptor }] });
    expect(references.map((reference) => reference.foreign)).toEqual([false, foreign]);
  });

  it('may never lack its config or, as an index, its manifests', () => {
    const urls = ['https://example.com'];
    expect(understood({ ...image, config: { ...config, urls } }).references[0]?.foreign).toBe(false);
    expect(understood({ ...index, manifests: [{ digest: c, urls }] }).references[0]?.foreign).toBe(false);
  });

  it('says where else a layer is, and what an entry of an index runs on', () => {
    const urls = ['https://example.com/layer', 7];
    expect(understood({ ...image, layers: [{ ...layer, urls }] }).references[1]?.urls).toEqual([urls[0], '']);
    const platforms = [
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
      { os: 'linux' },
      { architecture: 'arm64' },
      'x',
    ];
    const manifests = platforms.map((platform) => ({ digest: c, platform }));
    const { references } = understood({ ...index, manifests });
    expect(references.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'arm64' },
      ...[undefined, undefined, undefined],
    ]);
  });

  it('names what may be a blob where an entry of an index is of no manifest type', () => {
    const manifests = [{ digest: a }, { digest: b, mediaType: layerType }, { digest: c, mediaType: dockerImage }];
    expect(understood({ ...index, manifests }).references.map(({ role }) => role)).toEqual([
      'manifest',
      'mentioned',
      'manifest',
    ]);
  });

  it.each([-1, 1.5, '3', null, 2 ** 53])('leaves out %j as a size', (size) => {
    expect(understood({ ...image, config: { digest: a, size } }).references[0]).toEqual({
      digest: a,
      role: 'config',
      foreign: false,
    });
  });
});

describe('the media type of a manifest', () => {
  it.each([
    { looks: 'an image', document: { config, layers: [] }, mediaType: ociImage },
    { looks: 'an image without layers, as Go writes it', document: { config, layers: null }, mediaType: ociImage },
    { looks: 'an index', document: { manifests: [] }, mediaType: ociIndex },
    { looks: 'schema 1', document: { fsLayers: [] }, mediaType: dockerSchema1 },
    { looks: 'signed schema 1', document: { fsLayers: [], signatures: [] }, mediaType: dockerSignedSchema1 },
    { looks: 'nothing known', document: { config, blob: 1 }, mediaType: '' },
  ])('is told by its shape where it says none: $looks', ({ document, mediaType }) => {
    expect(understood(document).mediaType).toBe(mediaType);
    expect(understood({ ...document, mediaType: '' }, mediaType).mediaType).toBe(mediaType);
  });

  it('is the content type where it has no known shape and neither does that', () => {
    expect(understood({ some: 'thing' }, 'application/vnd.example+json')).toMatchObject({
      kind: 'unknown',
      mediaType: 'application/vnd.example+json',
    });
  });

  it.each([
    { name: 'the content type says otherwise', document: image, contentType: ociIndex, why: /sent as/ },
    { name: 'the shape says otherwise', document: { config, layers: [] }, contentType: ociIndex, why: /sent as/ },
    {
      name: 'a known shape is sent as something unknown',
      document: { manifests: [] },
      contentType: 'a/b',
      why: /sent as a\/b/,
    },
    {
      name: 'an unknown shape is sent as something known',
      document: { a: 1 },
      contentType: ociImage,
      why: /nor looks it/,
    },
    { name: 'it is no text', document: { ...image, mediaType: 2 }, contentType: ociImage, why: /mediaType/ },
    { name: 'it has no end', document: { mediaType: 'a'.repeat(256) }, contentType: undefined, why: /mediaType/ },
  ])('is not understood where $name', (the) => {
    expect(why(the.document, the.contentType)).toMatch(the.why);
  });
});

describe('a manifest that is not understood', () => {
  it.each([
    { name: 'no JSON', document: '{"config":', says: 'not a JSON object' },
    { name: 'empty', document: '', says: 'not a JSON object' },
    { name: 'a list', document: [image], says: 'not a JSON object' },
    { name: 'null', document: 'null', says: 'not a JSON object' },
    { name: 'text', document: '"x"', says: 'not a JSON object' },
    {
      name: 'an image with manifests',
      document: { ...image, manifests: [] },
      says: `${ociImage} with a field manifests`,
    },
    { name: 'an index with layers', document: { ...index, layers: [layer] }, says: `${ociIndex} with a field layers` },
    {
      name: 'layers and manifests without a type',
      document: { config, layers: [], manifests: [] },
      says: `${ociIndex} with a field config`,
    },
    {
      name: 'an image without config',
      document: { mediaType: ociImage, layers: [] },
      says: 'config has no valid digest',
    },
    { name: 'a config that is a digest', document: { ...image, config: a }, says: 'config has no valid digest' },
    {
      name: 'a layer without digest',
      document: { ...image, layers: [layer, {}] },
      says: 'layers[1] has no valid digest',
    },
    {
      name: 'a layer of another algorithm',
      document: { ...image, layers: [{ digest: 'md5:00' }] },
      says: 'layers[0] has no valid digest',
    },
    { name: 'layers that are no list', document: { ...image, layers: layer }, says: 'layers has no valid digest' },
    {
      name: 'a null among manifests',
      document: { ...index, manifests: [null] },
      says: 'manifests[0] has no valid digest',
    },
    {
      name: 'a layer of schema 1 without blobSum',
      document: { fsLayers: [{}] },
      says: 'fsLayers[0] has no valid digest',
    },
    { name: 'a layer of schema 1 that is text', document: { fsLayers: [a] }, says: 'fsLayers[0] has no valid digest' },
    { name: 'a subject without digest', document: { ...image, subject: {} }, says: 'subject has no valid digest' },
  ])('G1: is $name', ({ document, says }) => {
    expect(why(document)).toBe(says);
  });
});

describe('a manifest of an unknown type', () => {
  const mediaType = 'application/vnd.example.future+json';

  it('G1: refers to every digest that it mentions', () => {
    expect(understood({ mediaType, artifactType: 'x/y', parts: { [a ?? '']: [{ seen: `at ${String(b)}` }] } })).toEqual(
      {
        kind: 'unknown',
        mediaType,
        references: [
          { digest: a, role: 'mentioned', foreign: false },
          { digest: b, role: 'mentioned', foreign: false },
        ],
        artifactType: 'x/y',
        annotations: {},
      },
    );
  });

  it('G1: has a subject where one can be read, which it mentions, too', () => {
    const { subject, references } = understood({ mediaType, subject: { digest: c } });
    expect([subject, references.map(({ digest }) => digest)]).toEqual([c, [c]]);
    expect(understood({ mediaType, subject: 'none' })).not.toHaveProperty('subject');
  });

  it('G1: is read however deep it is nested', () => {
    const text = `{"mediaType":"${mediaType}","deep":${'['.repeat(500_000)}"${String(a)}"${']'.repeat(500_000)}}`;
    expect(readManifest(text)).toMatchObject({ is: 'manifest', manifest: { references: [{ digest: a }] } });
  });
});

describe('reading', () => {
  const part = fc.constantFrom<unknown>(
    undefined,
    null,
    1,
    'x',
    {},
    [],
    config,
    [layer],
    [layer, null],
    [{ blobSum: a }],
  );
  const type = fc.constantFrom<unknown>(
    undefined,
    '',
    ociImage,
    ociIndex,
    dockerImage,
    dockerSchema1,
    ociArtifact,
    'a/b',
  );
  const documents = fc.record(
    { mediaType: type, config: part, layers: part, manifests: part, fsLayers: part, blobs: part, subject: part },
    { requiredKeys: [] },
  );
  const contentTypes = fc.constantFrom(
    ociImage,
    ociIndex,
    dockerImage,
    dockerList,
    dockerSchema1,
    dockerSignedSchema1,
    ociArtifact,
    'a/b',
  );

  it('G1: finds the same without the content type that a manifest was accepted with', () => {
    fc.assert(
      fc.property(documents, contentTypes, (document, contentType) => {
        const text = JSON.stringify(document);
        const [sent, stored] = [readManifest(text, contentType), readManifest(text)];
        if (sent.is === 'notUnderstood') return;
        expect(stored).toEqual({
          is: 'manifest',
          manifest: { ...sent.manifest, mediaType: expect.any(String) as string },
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('G1: never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.option(fc.string(), { nil: undefined }), (text, contentType) => {
        readManifest(text, contentType);
      }),
    );
  });
});
