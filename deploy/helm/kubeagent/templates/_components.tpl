{{/*
Which components of presets the agent of this chart's appVersion has. A preset that needs another one does not render,
because an agent refuses a configuration with a component that it does not have. Another image may have more:
image.extraComponents.
*/}}

{{- define "kubeagent.requireComponent" -}}
{{- $has := concat (list "file_storage") .root.Values.image.extraComponents -}}
{{- if not (has .component $has) -}}
{{- fail (printf "presets.%s needs the component %s, which kubeagent %s does not have yet; if your image has it, add it to image.extraComponents" .preset .component .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* What a preset asks of the mode: with another one every pod would say the same, or one node would speak for all. */}}
{{- define "kubeagent.requireMode" -}}
{{- if ne .root.Values.mode .mode -}}
{{- fail (printf "presets.%s needs mode: %s" .preset .mode) -}}
{{- end -}}
{{- if and (eq .mode "deployment") (ne (toString .root.Values.replicaCount) "1") -}}
{{- fail (printf "presets.%s needs replicaCount: 1, or everything is told once for each replica" .preset) -}}
{{- end -}}
{{- end -}}
