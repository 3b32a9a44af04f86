import type { Failure } from './failure.ts';
import type { Marker } from './marker.ts';

export type Call = Exclude<keyof Marker, 'close'>;

/** One question: its number, whose answer it wants, and what that takes. */
export type Question = {
  readonly [C in Call]: { readonly id: number; readonly call: C; readonly input: Parameters<Marker[C]>[0] };
}[Call];

export type Answer =
  | { readonly id: number; readonly is: 'answer'; readonly value: unknown }
  | { readonly id: number; readonly is: 'failure'; readonly failure: Failure };

/** What a worker is started with. */
export interface WorkerOrder {
  /** The directory of the storage. */
  readonly root: string;
}

export function ask(marker: Marker, question: Question): Promise<unknown> {
  switch (question.call) {
    case 'mark':
      return marker.mark(question.input);
    case 'plan':
      return marker.plan(question.input);
    case 'planEach':
      return marker.planEach(question.input);
    case 'nextPlan':
      return marker.nextPlan();
    case 'choose':
      return marker.choose(question.input);
    case 'spare':
      return marker.spare(question.input);
    case 'remember':
      return marker.remember(question.input);
    case 'next':
      return marker.next(question.input);
    case 'told':
      return marker.told(question.input);
    case 'reached':
      return marker.reached(question.input);
    case 'audit':
      return marker.audit();
  }
}
