import type { RunOrder } from '../../core/admin/schema.ts';
import type { DeleteRequestResource } from '../../core/resources/deleteRequest.ts';
import { requestKey } from '../../core/resources/requestKey.ts';
import { apiVersion, type Resource } from '../resources/home.ts';
import { runName } from '../runs/runName.ts';
import type { StatusPlan } from './observed.ts';

/** The digest of an approved plan; empty: none was approved. */
export type Approval = string;

/** An object of the same name that asks for the same finds the same runs, whatever its uid (D1). */
export function runNameOf(request: DeleteRequestResource, approval: Approval, attempt: number): string {
  const { registry, name } = request;
  return runName(`${registry}-${name}`, [requestKey(registry, request), approval, attempt]);
}

/** Carries the request out, and nothing else. Without an approved plan its limits are what lets it go or not (G8). */
export function orderOf(
  { metadata: { namespace, name }, spec }: Resource<'DeleteRequest'>,
  { spec: { limits } }: Resource<'Registry'>,
  approval: Approval,
  id: string,
): RunOrder {
  const { registryRef, targets, cutoff, referrers, reason } = spec;
  const document = {
    apiVersion,
    kind: 'DeleteRequest',
    metadata: { namespace, name },
    spec: {
      registryRef: { name: registryRef.name },
      targets,
      ...(cutoff === undefined ? {} : { cutoff }),
      ...(referrers === undefined ? {} : { referrers }),
      ...(reason === undefined ? {} : { reason }),
      mode: 'Execute',
    },
  };
  return {
    id,
    mode: 'execute',
    ...(approval === '' ? {} : { approvedPlan: approval }),
    input: {
      policies: [],
      requests: [document],
      collect: false,
      ...(limits === undefined ? {} : { limits }),
    },
  };
}

/** The approval under which the recorded run was ordered, where mode and approval may have been taken back since (rule 8); `undefined`: not to be told. */
export function approvalOf(
  request: DeleteRequestResource,
  { runRef, plan }: Resource<'DeleteRequest'>['status'],
): Approval | undefined {
  const current = request.approvedPlan ?? '';
  if (request.mode === 'Execute' || runRef === undefined) return current;
  const candidates = [current, plan?.digest ?? '', ''];
  return candidates.find((approval) => runNameOf(request, approval, runRef.attempt) === runRef.name);
}

/** Why this plan is not carried out before a person approves it; `undefined`: it needs no approval. */
export function whyApproval(
  request: DeleteRequestResource,
  { spec: { limits } }: Resource<'Registry'>,
  { entries, tags, manifests }: StatusPlan,
): string | undefined {
  if (entries === 0) return undefined;
  if (!request.targets.every((target) => 'digest' in target)) return 'not every target is pinned by a digest';
  const unapproved = limits?.unapprovedDeletes ?? 0;
  const deletions = tags + manifests;
  if (deletions <= unapproved) return undefined;
  return `${deletions} deletions, where a request may do ${unapproved} without an approved plan`;
}
