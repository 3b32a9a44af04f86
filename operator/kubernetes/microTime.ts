/** MicroTime of Kubernetes: RFC 3339 with six digits, without which the API server refuses it. `ms` since 1970. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
