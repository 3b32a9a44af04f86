import { type JsonObject, isJsonObject } from './jsonObject.ts';
import { bareMediaType, dockerSchema1, dockerSignedSchema1, manifestTypeOf, ociImage, ociIndex } from './mediaType.ts';

/** Type and subtype have at most 127 characters each (RFC 6838, section 4.2). */
const longestMediaType = 255;

export type MediaTypeReading =
  { readonly is: 'mediaType'; readonly mediaType: string } | { readonly is: 'notUnderstood'; readonly why: string };

/**
 * What a document says it is, in its field `mediaType`, by the content type it was pushed with, or by its shape. All that speak must agree: a storage keeps
 * no content type, so a document that leaned on one to be read otherwise would be read as something else by the next collection.
 */
export function readMediaType(document: JsonObject, contentType = ''): MediaTypeReading {
  const written = document['mediaType'] ?? '';
  if (typeof written !== 'string' || written.length > longestMediaType) return notUnderstood('mediaType is none');
  const said = bareMediaType(written);
  const sent = bareMediaType(contentType);
  if (said !== '') return sent === '' || sent === said ? understood(said) : notUnderstood(`${said}, sent as ${sent}`);

  const shape = shapeOf(document);
  if (sent === '' || sent === shape) return understood(shape ?? '');
  if (shape !== undefined) return notUnderstood(`without a mediaType it is ${shape}, sent as ${sent}`);
  if (manifestTypeOf(sent) !== undefined) return notUnderstood(`sent as ${sent}, but it neither says so nor looks it`);
  return understood(sent);
}

/** The media type of a document that says none; older writers of OCI's types and of schema 1 leave it out. */
function shapeOf(document: JsonObject): string | undefined {
  if (Array.isArray(document['manifests'])) return ociIndex;
  if (Array.isArray(document['fsLayers']))
    return document['signatures'] === undefined ? dockerSchema1 : dockerSignedSchema1;
  // A list without elements may be null: that is how Go writes one that was never made.
  if (isJsonObject(document['config']) && Object.hasOwn(document, 'layers')) return ociImage;
  return undefined;
}

function understood(mediaType: string): MediaTypeReading {
  return { is: 'mediaType', mediaType };
}

function notUnderstood(why: string): MediaTypeReading {
  return { is: 'notUnderstood', why };
}
