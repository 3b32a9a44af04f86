{{/* Only the replicas, or the operators, of this release. `{{` of Prometheus is written as `{{ "{{" }}`. */}}
{{- define "coppice.registrySeries" -}}
namespace="{{ .Release.Namespace }}",job="{{ include "coppice.fullname" . }}-metrics"
{{- end -}}

{{- define "coppice.operatorSeries" -}}
namespace="{{ .Release.Namespace }}",job="{{ include "coppice.fullname" . }}-operator-metrics"
{{- end -}}

{{- define "coppice.registryAlerts" -}}
{{- $of := include "coppice.registrySeries" . -}}
{{- $runbooks := .Values.monitoring.prometheusRule.runbooks -}}
- alert: CoppiceNoReplica
  expr: absent(coppice_permit{ {{- $of -}} })
  for: 5m
  labels: { severity: critical }
  annotations:
    summary: No replica of the registry is scraped.
    runbook_url: {{ $runbooks }}#coppicenoreplica
- alert: CoppiceReplicaWithoutPermit
  expr: coppice_permit{ {{- $of -}} } == 0
  for: 2m
  labels: { severity: critical }
  annotations:
    summary: 'Replica {{ "{{" }} $labels.pod }} may not commit: pushes to it are refused.'
    runbook_url: {{ $runbooks }}#coppicereplicawithoutpermit
- alert: CoppiceGateUnreadable
  expr: increase(coppice_gate_read_failures_total{ {{- $of -}} }[5m]) > 0
  for: 10m
  labels: { severity: warning }
  annotations:
    summary: 'Replica {{ "{{" }} $labels.pod }} keeps failing to read the gate on the storage.'
    runbook_url: {{ $runbooks }}#coppicegateunreadable
- alert: CoppiceLivesLapse
  expr: increase(coppice_lives_begun_total{ {{- $of -}} }[1h]) > 3
  labels: { severity: warning }
  annotations:
    summary: 'Replica {{ "{{" }} $labels.pod }} lost its right to write several times within an hour.'
    runbook_url: {{ $runbooks }}#coppiceliveslapse
- alert: CoppiceReplicaBehind
  expr: >-
    (max by (namespace, job) (coppice_gate_epoch{ {{- $of -}} }) - on (namespace, job) group_right coppice_gate_epoch{ {{- $of -}} } > 0)
    and changes(coppice_gate_epoch{ {{- $of -}} }[5m]) == 0
  for: 2m
  labels: { severity: warning }
  annotations:
    summary: 'Replica {{ "{{" }} $labels.pod }} does not follow the gate that the others see.'
    runbook_url: {{ $runbooks }}#coppicereplicabehind
- alert: CoppicePushesRefused
  expr: increase(coppice_refused_requests_total{ {{- $of -}},reason="held"}[1h]) > 0
  labels: { severity: warning }
  annotations:
    summary: 'Requests to {{ "{{" }} $labels.pod }} waited for a window until their budget was spent, and were refused.'
    runbook_url: {{ $runbooks }}#coppicepushesrefused
- alert: CoppiceRunEndedInDoubt
  expr: increase(coppice_runs_total{ {{- $of -}},reason=~"Doubt|ForeignWriter|ProtectionsStale|StorageError"}[1d]) > 0
  labels: { severity: warning }
  annotations:
    summary: 'A collection ended with {{ "{{" }} $labels.reason }}: nothing more is removed until that is cleared.'
    runbook_url: {{ $runbooks }}#coppicerunendedindoubt
{{- end -}}

{{- define "coppice.operatorAlerts" -}}
{{- $of := include "coppice.operatorSeries" . -}}
{{- $runbooks := .Values.monitoring.prometheusRule.runbooks -}}
- alert: CoppiceNoOperator
  expr: absent(leader_election_master_status{ {{- $of -}} } == 1)
  for: 5m
  labels: { severity: warning }
  annotations:
    summary: No operator leads. Nothing is removed meanwhile.
    runbook_url: {{ $runbooks }}#coppicenooperator
- alert: CoppiceOperatorFault
  expr: increase(controller_runtime_reconcile_panics_total{ {{- $of -}} }[1h]) > 0
  labels: { severity: warning }
  annotations:
    summary: 'The operator met a fault of its own with a {{ "{{" }} $labels.controller }}.'
    runbook_url: {{ $runbooks }}#coppiceoperatorfault
- alert: CoppiceReconcilesFail
  expr: rate(controller_runtime_reconcile_errors_total{ {{- $of -}} }[15m]) > 0
  for: 30m
  labels: { severity: warning }
  annotations:
    summary: 'Reconciles of {{ "{{" }} $labels.controller }} have kept failing for half an hour.'
    runbook_url: {{ $runbooks }}#coppicereconcilesfail
- alert: CoppiceReconcileStuck
  expr: workqueue_longest_running_processor_seconds{ {{- $of -}} } > 240
  labels: { severity: warning }
  annotations:
    summary: 'The operator has been at one {{ "{{" }} $labels.name }} for minutes.'
    runbook_url: {{ $runbooks }}#coppicereconcilestuck
- alert: CoppiceQueueGrows
  expr: workqueue_depth{ {{- $of -}} } > 0
  for: 10m
  labels: { severity: warning }
  annotations:
    summary: 'Objects of {{ "{{" }} $labels.name }} have waited for the operator for ten minutes.'
    runbook_url: {{ $runbooks }}#coppicequeuegrows
- alert: CoppiceWaitsForAPerson
  expr: increase(controller_runtime_terminal_reconcile_errors_total{ {{- $of -}} }[1h]) > 0
  labels: { severity: info }
  annotations:
    summary: 'A {{ "{{" }} $labels.controller }} is Stalled: it waits for an approval or a correction.'
    runbook_url: {{ $runbooks }}#coppicewaitsforaperson
{{- end -}}
