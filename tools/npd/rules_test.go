package main

import (
	"os/exec"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var (
	ingress = []networking.PolicyType{networking.PolicyTypeIngress}
	egress  = []networking.PolicyType{networking.PolicyTypeEgress}
	web     = aPod("a/web", "10.244.0.2")
	db      = aPod("a/db", "10.244.0.3")
	other   = aPod("b/other", "10.244.0.4")
)

func TestRules(t *testing.T) {
	for name, test := range map[string]struct {
		policy networking.NetworkPolicySpec
		// Lines that must be there, and text that must not.
		want   []string
		refuse []string
	}{
		"a policy without rules drops all that comes in, and only that": {
			policy: networking.NetworkPolicySpec{PolicyTypes: ingress},
			want:   []string{"ip daddr vmap { 10.244.0.3 : jump ingress_adb, 10.244.0.2 : jump ingress_aweb }", "counter drop"},
			refuse: []string{"egress", "return"},
		},
		"a rule without peers and ports lets everything through": {
			policy: networking.NetworkPolicySpec{PolicyTypes: egress, Egress: []networking.NetworkPolicyEgressRule{{}}},
			want:   []string{"return", "ip saddr vmap { 10.244.0.3 : jump egress_adb, 10.244.0.2 : jump egress_aweb }"},
			refuse: []string{"ingress"},
		},
		"a pod selector alone means pods of the policy's namespace": {
			policy: from(networking.NetworkPolicyPeer{PodSelector: &meta.LabelSelector{}}),
			want:   []string{"ip saddr { 10.244.0.2, 10.244.0.3 } return"},
			refuse: []string{"10.244.0.4"},
		},
		"a namespace selector means pods of the namespaces it selects": {
			policy: from(networking.NetworkPolicyPeer{NamespaceSelector: labelled("name", "b")}),
			want:   []string{"ip saddr { 10.244.0.4 } return"},
		},
		"both selectors must match": {
			policy: from(networking.NetworkPolicyPeer{NamespaceSelector: &meta.LabelSelector{}, PodSelector: labelled("app", "db")}),
			want:   []string{"ip saddr { 10.244.0.3 } return"},
		},
		"a peer that selects nothing lets nothing through": {
			policy: from(networking.NetworkPolicyPeer{PodSelector: labelled("app", "none")}),
			want:   []string{"counter drop"},
			refuse: []string{"return"},
		},
		"an address block keeps its exceptions": {
			policy: from(networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.0.0/16"}}}),
			want:   []string{"ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16 } return"},
		},
		"ports may be numbers, ranges, names and protocols": {
			policy: onPorts(port("TCP", intstr.FromInt32(80), 0), port("UDP", intstr.FromInt32(5000), 5010),
				port("TCP", intstr.FromString("http"), 0), networking.NetworkPolicyPort{Protocol: protocolOf("UDP")}),
			want:   []string{"tcp dport 80 return", "udp dport 5000-5010 return", "tcp dport 8080 return", "meta l4proto udp return"},
			refuse: []string{"\t\treturn"},
		},
		"a named port of the receiver goes with the receiver's address": {
			policy: networking.NetworkPolicySpec{PolicyTypes: egress, Egress: []networking.NetworkPolicyEgressRule{{
				Ports: []networking.NetworkPolicyPort{port("TCP", intstr.FromString("http"), 0)},
				To:    []networking.NetworkPolicyPeer{{NamespaceSelector: labelled("name", "b")}},
			}}},
			want: []string{"ip daddr { 10.244.0.4 } ip daddr 10.244.0.4 tcp dport 8080 return"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rules := clusterWith(test.policy, web, db, other).ruleset()
			for _, want := range test.want {
				if !strings.Contains(rules, want) {
					t.Errorf("missing %q", want)
				}
			}
			for _, refuse := range test.refuse {
				if strings.Contains(rules, refuse) {
					t.Errorf("has %q", refuse)
				}
			}
			if t.Failed() {
				t.Log(rules)
			}
			mustLoad(t, rules)
		})
	}
}

func TestPodsThatAreNotHere(t *testing.T) {
	elsewhere, finished, host := aPod("a/elsewhere", "10.244.0.5"), aPod("a/finished", "10.244.0.6"), aPod("a/host", "10.250.0.2")
	elsewhere.Spec.NodeName = "another"
	finished.Status.Phase = core.PodSucceeded
	host.Spec.HostNetwork = true
	rules := clusterWith(networking.NetworkPolicySpec{PolicyTypes: ingress}, elsewhere, finished, host).ruleset()
	if strings.Contains(rules, "vmap") {
		t.Errorf("rules for a pod that is elsewhere, finished or on the host's network:\n%s", rules)
	}
	mustLoad(t, rules)
}

func TestAddressOfADeletedPodIsUsedAgain(t *testing.T) {
	old, young := aPod("a/old", "10.244.0.7"), aPod("a/young", "10.244.0.7")
	young.CreationTimestamp = meta.Unix(2, 0)
	old.CreationTimestamp = meta.Unix(1, 0)
	rules := clusterWith(networking.NetworkPolicySpec{PolicyTypes: ingress}, young, old).ruleset()
	if !strings.Contains(rules, "10.244.0.7 : jump ingress_ayoung") || strings.Contains(rules, "old") {
		t.Errorf("the address must belong to the younger pod:\n%s", rules)
	}
	mustLoad(t, rules)
}

func TestOrderOfListsDoesNotMatter(t *testing.T) {
	policy := from(networking.NetworkPolicyPeer{PodSelector: &meta.LabelSelector{}})
	if clusterWith(policy, web, db, other).ruleset() != clusterWith(policy, other, db, web).ruleset() {
		t.Error("the same cluster must give the same rules")
	}
}

// mustLoad has the kernel accept the rules, twice, in a network namespace that ends with the command.
func mustLoad(t *testing.T, rules string) {
	t.Helper()
	load := exec.Command("unshare", "--map-root-user", "--net", "sh", "-c", `rules=$(cat); for _ in 1 2; do echo "$rules" | nft -f - || exit 1; done`)
	load.Stdin = strings.NewReader(rules)
	if output, err := load.CombinedOutput(); err != nil {
		t.Errorf("nft: %v: %s\n%s", err, output, rules)
	}
}

func clusterWith(policy networking.NetworkPolicySpec, pods ...*core.Pod) *cluster {
	return &cluster{
		node:       "here",
		pods:       pods,
		namespaces: []*core.Namespace{namespace("a"), namespace("b")},
		policies:   []*networking.NetworkPolicy{{ObjectMeta: meta.ObjectMeta{Namespace: "a", Name: "policy"}, Spec: policy}},
	}
}

func namespace(name string) *core.Namespace {
	return &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{"name": name}}}
}

func aPod(path, address string) *core.Pod {
	space, name, _ := strings.Cut(path, "/")
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: space, Name: name, UID: types.UID(space + "-" + name), Labels: map[string]string{"app": name}},
		Spec: core.PodSpec{NodeName: "here", Containers: []core.Container{{
			Ports: []core.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: core.ProtocolTCP}},
		}}},
		Status: core.PodStatus{Phase: core.PodRunning, PodIP: address},
	}
}

func from(peers ...networking.NetworkPolicyPeer) networking.NetworkPolicySpec {
	return networking.NetworkPolicySpec{PolicyTypes: ingress, Ingress: []networking.NetworkPolicyIngressRule{{From: peers}}}
}

func onPorts(ports ...networking.NetworkPolicyPort) networking.NetworkPolicySpec {
	return networking.NetworkPolicySpec{PolicyTypes: ingress, Ingress: []networking.NetworkPolicyIngressRule{{Ports: ports}}}
}

func labelled(key, value string) *meta.LabelSelector {
	return &meta.LabelSelector{MatchLabels: map[string]string{key: value}}
}

func port(name string, number intstr.IntOrString, end int32) networking.NetworkPolicyPort {
	port := networking.NetworkPolicyPort{Protocol: protocolOf(name), Port: &number}
	if end > 0 {
		port.EndPort = &end
	}
	return port
}

func protocolOf(name string) *core.Protocol {
	protocol := core.Protocol(name)
	return &protocol
}
