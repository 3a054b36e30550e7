{{/* What each preset adds to the configuration. Takes root and config, gives the configuration. */}}

{{- define "kubeagent.presets.logsCollection" -}}
{{- include "kubeagent.requireMode" (dict "root" .root "preset" "logsCollection" "mode" "daemonset") -}}
{{- $settings := include "kubeagent.settings.filelog" .root | fromYaml -}}
{{- $config := include "kubeagent.withReceiver" (dict "root" .root "config" .config "preset" "logsCollection" "component" "filelog" "signal" "logs" "settings" $settings) | fromYaml -}}
{{- if .root.Values.presets.logsCollection.storeCheckpoints -}}
{{- $extensions := default (list) (index $config.service "extensions") -}}
{{- if not (has "file_storage" $extensions) -}}
{{- $extensions = append $extensions "file_storage" -}}
{{- end -}}
{{- $usual := dict "extensions" (dict "file_storage" (dict "directory" "/var/lib/kubeagent")) -}}
{{- $config = mergeOverwrite $usual (deepCopy $config) (dict "service" (dict "extensions" $extensions)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "kubeagent.settings.filelog" -}}
include:
  - /var/log/pods/*/*/*.log
{{- if not .Values.presets.logsCollection.includeCollectorLogs }}
exclude:
  - /var/log/pods/{{ include "kubeagent.namespace" . }}_{{ include "kubeagent.fullname" . }}-*_*/kubeagent/*.log
{{- end }}
{{- if .Values.presets.logsCollection.storeCheckpoints }}
storage: file_storage
{{- end }}
start_at: end
include_file_path: true
include_file_name: false
retry_on_failure:
  enabled: true
operators:
  - id: container-parser
    type: container
    max_log_size: {{ toYaml .Values.presets.logsCollection.maxRecombineLogSize }}
{{- end -}}

{{- define "kubeagent.presets.hostMetrics" -}}
{{- include "kubeagent.requireMode" (dict "root" .root "preset" "hostMetrics" "mode" "daemonset") -}}
{{- $settings := include "kubeagent.settings.hostmetrics" .root | fromYaml -}}
{{- include "kubeagent.withReceiver" (dict "root" .root "config" .config "preset" "hostMetrics" "component" "hostmetrics" "signal" "metrics" "settings" $settings) -}}
{{- end -}}

{{- define "kubeagent.settings.hostmetrics" -}}
root_path: /hostfs
collection_interval: 10s
scrapers:
  cpu: {}
  disk: {}
  filesystem:
    # Mounts of pods and containers come and go; what they lie on is measured.
    exclude_mount_points:
      match_type: regexp
      mount_points: ["^/(dev|proc|sys)(/|$)", "^/run/(containerd|k3s)/", "^/var/lib/(containers|docker|kubelet)/", "^/snap/"]
    exclude_fs_types:
      match_type: strict
      fs_types: [autofs, binfmt_misc, bpf, cgroup2, debugfs, devpts, devtmpfs, hugetlbfs, mqueue, nsfs, overlay, proc, pstore, securityfs, squashfs, sysfs, tmpfs, tracefs]
  load: {}
  memory: {}
  network: {}
{{- if .Values.presets.hostMetrics.process }}
  process:
    mute_process_all_errors: true
{{- end }}
{{- end -}}

{{- define "kubeagent.presets.kubeletMetrics" -}}
{{- include "kubeagent.requireMode" (dict "root" .root "preset" "kubeletMetrics" "mode" "daemonset") -}}
{{- $settings := dict "auth_type" "serviceAccount" "collection_interval" "20s" "endpoint" "${env:K8S_NODE_IP}:10250" -}}
{{- include "kubeagent.withReceiver" (dict "root" .root "config" .config "preset" "kubeletMetrics" "component" "kubeletstats" "signal" "metrics" "settings" $settings) -}}
{{- end -}}

{{- define "kubeagent.presets.clusterMetrics" -}}
{{- include "kubeagent.requireMode" (dict "root" .root "preset" "clusterMetrics" "mode" "deployment") -}}
{{- $settings := dict "auth_type" "serviceAccount" "collection_interval" "10s" -}}
{{- include "kubeagent.withReceiver" (dict "root" .root "config" .config "preset" "clusterMetrics" "component" "k8s_cluster" "signal" "metrics" "settings" $settings) -}}
{{- end -}}

{{- define "kubeagent.presets.kubernetesEvents" -}}
{{- include "kubeagent.requireMode" (dict "root" .root "preset" "kubernetesEvents" "mode" "deployment") -}}
{{- $events := dict "name" "events" "mode" "watch" "group" "events.k8s.io" "exclude_watch_type" (list "DELETED") -}}
{{- $settings := dict "auth_type" "serviceAccount" "objects" (list $events) -}}
{{- include "kubeagent.withReceiver" (dict "root" .root "config" .config "preset" "kubernetesEvents" "component" "k8sobjects" "signal" "logs" "settings" $settings) -}}
{{- end -}}

{{/* First in every pipeline, so that what comes after sees the attributes. */}}
{{- define "kubeagent.presets.kubernetesAttributes" -}}
{{- include "kubeagent.requireComponent" (dict "root" .root "preset" "kubernetesAttributes" "component" "k8sattributes") -}}
{{- $settings := include "kubeagent.settings.k8sattributes" .root | fromYaml -}}
{{- $config := mergeOverwrite (dict "processors" (dict "k8sattributes" $settings)) (deepCopy .config) -}}
{{- range $name, $pipeline := .config.service.pipelines -}}
{{- $processors := default (list) (index $pipeline "processors") -}}
{{- if not (has "k8sattributes" $processors) -}}
{{- $pipelines := dict $name (dict "processors" (prepend $processors "k8sattributes")) -}}
{{- $config = mergeOverwrite (deepCopy $config) (dict "service" (dict "pipelines" $pipelines)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "kubeagent.settings.k8sattributes" -}}
auth_type: serviceAccount
passthrough: false
{{- if eq .Values.mode "daemonset" }}
filter:
  node_from_env_var: K8S_NODE_NAME
{{- end }}
pod_association:
  - sources:
      - from: resource_attribute
        name: k8s.pod.ip
  - sources:
      - from: resource_attribute
        name: k8s.pod.uid
  - sources:
      - from: connection
extract:
  metadata: [k8s.namespace.name, k8s.deployment.name, k8s.statefulset.name, k8s.daemonset.name, k8s.cronjob.name, k8s.job.name, k8s.node.name, k8s.pod.name, k8s.pod.uid, k8s.pod.start_time]
{{- if .Values.presets.kubernetesAttributes.extractAllPodLabels }}
  labels:
    - key_regex: (.*)
      tag_name: $$1
      from: pod
{{- end }}
{{- if .Values.presets.kubernetesAttributes.extractAllPodAnnotations }}
  annotations:
    - key_regex: (.*)
      tag_name: $$1
      from: pod
{{- end }}
{{- end -}}
