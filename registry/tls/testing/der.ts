/** DER (X.690), as far as certificates (X.509, RFC 5280) need it, which Node reads and does not make. Each function returns one whole value. */
export const der = {
  sequence: (...items: readonly Buffer[]): Buffer => value(0x30, ...items),
  set: (...items: readonly Buffer[]): Buffer => value(0x31, ...items),
  /** Of big-endian bytes that need neither a sign nor shortening: the first is 1 to 127. */
  integer: (...bytes: readonly number[]): Buffer => value(0x02, Buffer.from(bytes)),
  yes: Buffer.from([0x01, 0x01, 0xff]),
  objectId,
  text: (text: string): Buffer => value(0x0c, Buffer.from(text)),
  /** `YYMMDDHHMMSSZ`, of 1950 to 2049. */
  time: (utc: string): Buffer => value(0x17, Buffer.from(utc)),
  /** `YYYYMMDDHHMMSSZ`, of any year. */
  longTime: (utc: string): Buffer => value(0x18, Buffer.from(utc)),
  bits: (bytes: Buffer, unusedBits = 0): Buffer => value(0x03, Buffer.from([unusedBits]), bytes),
  bytes: (content: Buffer): Buffer => value(0x04, content),
  /** Values under a tag of the context's own. */
  holder: (tag: number, ...items: readonly Buffer[]): Buffer => value(0xa0 | tag, ...items),
  /** Bytes under a tag of the context's own. */
  choice: (tag: number, content: Buffer): Buffer => value(0x80 | tag, content),
} as const;

function value(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return [0x80 | bytes.length, ...bytes];
}

/** `1.2.840.10045.4.3.2`: the first two numbers share a byte, the others take seven bits a byte. */
function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...others.flatMap(sevenBits)]));
}

function sevenBits(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** As files hold it (RFC 7468). */
export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
