import { stringify } from 'yaml';
import { probeImage } from './probe.ts';

/** As charts are made by `helm create`: an account of its own, and not a word about its token. */
const template = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: {{ .Release.Name }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      serviceAccountName: {{ .Release.Name }}
      terminationGracePeriodSeconds: 1
      containers:
        - name: probe
          image: {{ .Values.image }}
          args: [serve, "8080"]
          {{- with .Values.database }}
          env: [{ name: DATABASE_URL, valueFrom: { secretKeyRef: { name: {{ . }}, key: url } } }]
          {{- end }}
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }} }
spec:
  selector: { app: {{ .Release.Name }} }
  ports:
    - { name: tcp, port: 80, targetPort: 8080 }
    - { name: udp, port: 80, targetPort: 8080, protocol: UDP }
{{- with .Values.host }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: {{ $.Release.Name }} }
spec:
  ingressClassName: traefik
  tls: [{ hosts: [{{ . }}] }]
  rules:
    - host: {{ . }}
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: {{ $.Release.Name }}, port: { number: 80 } } } }] }
{{- end }}
`;

const chart = {
  'helm/probe/Chart.yaml': 'apiVersion: v2\nname: probe\nversion: 1.0.0\n',
  'helm/probe/values.yaml': 'image: ""\nreplicas: 1\nhost: ""\ndatabase: ""\n',
  'helm/probe/templates/probe.yaml': template,
};

const service = (values: object, rest: object = {}): object => ({
  chart: { path: 'helm/probe' },
  images: { main: { ...probeImage, fresh: 'any' } },
  values: { image: '{{ images.main.reference }}', ...values },
  ...rest,
});

/** An application of two services that are probes; `front` has the host and the database. */
export const probeApp: Readonly<Record<string, string>> = {
  ...chart,
  'preview.yaml': stringify({
    database: {},
    services: {
      front: service({ host: '{{ hosts.front }}', database: '{{ database.secret.name }}' }, { host: '' }),
      back: service({}),
    },
  }),
};

/**
 * An application of one service without pods, whose chart renders one more object on the cluster than anywhere else:
 * where it is checked, `lookup` finds nothing.
 */
export function twoFacedApp(hidden: readonly object[]): Readonly<Record<string, string>> {
  const objects = hidden.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  return {
    ...chart,
    'helm/probe/templates/hidden.yaml': `{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" }}\n${objects}{{- end }}\n`,
    'preview.yaml': stringify({ services: { front: service({ replicas: 0 }) } }),
  };
}
