{{/* User name of the worker, as admission sees it. */}}
{{- define "pr-preview.worker" -}}
system:serviceaccount:{{ .Release.Namespace }}:worker
{{- end -}}

{{/* Selects the namespaces of previews. */}}
{{- define "pr-preview.previews" -}}
namespaceSelector: {matchLabels: {app.kubernetes.io/managed-by: pr-preview}}
{{- end -}}
