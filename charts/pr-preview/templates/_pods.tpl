{{/* Nothing of ours needs a privilege, or writes anywhere but in what is mounted. */}}
{{- define "pr-preview.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "pr-preview.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/*
Variables of one part: {root, part, chart}, each name once. Those of the part's own values come before those of both
parts, and these before the chart's defaults. What other values decide, or what is secret, is refused.
*/}}
{{- define "pr-preview.variables" -}}
{{- /* One by one: merge would let an empty or false value lose. */}}
{{- $given := dict }}
{{- range list .root.Values.environment (get .root.Values .part).environment }}
{{- range $name, $value := . }}
{{- $_ := set $given $name $value }}
{{- end }}
{{- end }}
{{- $elsewhere := dict
  "PREVIEW_PLATFORM_CONFIG" "it is the file that `platform` becomes"
  "PREVIEW_HEALTH_ADDRESS" "the chart's probes need the one that it sets"
  "PREVIEW_METRICS_ADDRESS" "the chart's port for metrics needs the one that it sets"
  "PREVIEW_GATEWAY_ADDRESS" "the chart's Service needs the one that it sets"
  "PREVIEW_SHUTDOWN_GRACE" "set worker.shutdownGraceSeconds, which the pod's own grace follows"
  "PREVIEW_SHUTDOWN_FORCE" "set worker.shutdownForceSeconds, which the pod's own grace follows"
}}
{{- range $name := list "DATABASE_ADMIN_URL" "GITHUB_APP_PRIVATE_KEY" "GITHUB_PACKAGES_TOKEN" "GITHUB_TOKEN" "GITHUB_WEBHOOK_SECRET" "TEMPORAL_API_KEY" "TEMPORAL_TLS_CLIENT_KEY_DATA" }}
{{- $_ := set $elsewhere $name "it is a secret, which Helm would keep with the release: put it into the Secret that worker.environmentSecret or gateway.environmentSecret names" }}
{{- end }}
{{- $problems := list }}
{{- range $name, $value := $given }}
{{- $known := ternary "TEMPORAL_API_KEY" $name (hasPrefix "TEMPORAL_GRPC_META_" $name) }}
{{- with get $elsewhere $known }}
{{- $problems = append $problems (printf "%s may not be among the variables: %s" $name .) }}
{{- end }}
{{- end }}
{{- with $problems }}
{{- fail (printf "environment or %s.environment:\n%s" $.part (join "\n" .)) }}
{{- end }}
{{- range $name, $value := .chart }}
{{- if not (hasKey $given $name) }}
{{- $_ := set $given $name $value }}
{{- end }}
{{- end }}
{{- range $name, $value := $given }}
{{- /* YAML's numbers arrive as floats, which print as 1.234567e+06. */}}
{{- $isWhole := and (kindIs "float64" $value) (eq (float64 (int64 $value)) (float64 $value)) }}
- {name: {{ $name }}, value: {{ ternary (int64 $value | toString) (toString $value) $isWhole | quote }}}
{{- end }}
{{- end -}}

{{/* Where a pod may run: the values of its part. */}}
{{- define "pr-preview.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- end -}}
