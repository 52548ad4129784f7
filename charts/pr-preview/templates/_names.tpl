{{/* User name of the worker, as admission sees it. */}}
{{- define "pr-preview.worker" -}}
system:serviceaccount:{{ .Release.Namespace }}:worker
{{- end -}}

{{/* Not empty where the cluster has MutatingAdmissionPolicy, which Kubernetes has from 1.36 on. */}}
{{- define "pr-preview.mutates" -}}
{{- if semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version }}yes{{ end -}}
{{- end -}}

{{/* Selects the namespaces of previews. */}}
{{- define "pr-preview.previews" -}}
namespaceSelector: {matchLabels: {app.kubernetes.io/managed-by: pr-preview}}
{{- end -}}

{{/* The expression (RE2, anchored) that the names of previews' namespaces match: what the worker makes of the same pattern. */}}
{{- define "pr-preview.namespacePattern" -}}
{{- $pattern := dig "namespace" "pattern" "preview-{number}" .Values.platform -}}
{{- if not (regexMatch "^[-a-z0-9{}]+$" $pattern) -}}
{{- fail (printf "platform.namespace.pattern must be lower-case letters, digits, hyphens and tokens, not %q" $pattern) -}}
{{- end -}}
{{- if not (contains "{number}" $pattern) -}}
{{- fail (printf "platform.namespace.pattern must contain {number}, or all pull requests share one namespace; it is %q" $pattern) -}}
{{- end -}}
^{{ $pattern | replace "{number}" "[1-9][0-9]*" | replace "{repository}" "[a-z0-9-]+" }}$
{{- end -}}

{{/* Labels of one part: {root, part}. */}}
{{- define "pr-preview.labels" -}}
{{ include "pr-preview.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "pr-preview.selector" -}}
app.kubernetes.io/name: pr-preview
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "pr-preview.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}
