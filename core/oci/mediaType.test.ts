import { describe, expect, it } from 'vitest';
import { bareMediaType, isNonDistributable, manifestTypeOf, ociImage, ociIndex } from './mediaType.ts';

describe('media types', () => {
  it.each([ociImage, `${ociImage}; charset=utf-8`, ` ${ociImage.toUpperCase()} ;q=1`, ociImage.replace('a', 'A')])(
    'loses parameters and case: %s',
    (contentType) => {
      expect(bareMediaType(contentType)).toBe(ociImage);
    },
  );

  it('knows a manifest of a known type, and no other', () => {
    expect(manifestTypeOf(ociIndex)?.kind).toBe('index');
    expect(manifestTypeOf('application/json')).toBeUndefined();
    expect(manifestTypeOf('constructor')).toBeUndefined();
  });

  it('knows the layers that need not be in a registry', () => {
    expect(isNonDistributable('application/vnd.oci.image.layer.nondistributable.v1.tar+zstd')).toBe(true);
    expect(isNonDistributable('application/vnd.oci.image.layer.v1.tar+zstd')).toBe(false);
  });
});
