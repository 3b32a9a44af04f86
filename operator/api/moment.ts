const grammar = /^(\d{4}-\d{2}-\d{2})t([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})$/i;

/** Whether an API server takes a text for `format: date-time`. */
export function isDateTime(text: string): boolean {
  const [, date, hours = '', minutes = '', seconds = ''] = grammar.exec(text) ?? [];
  if (date === undefined || hours > '23' || minutes > '59' || seconds > '59') return false;
  const at = new Date(`${date}T00:00:00Z`);
  // Days that a month does not have run over into the next.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}
