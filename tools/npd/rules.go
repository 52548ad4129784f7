package main

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const table = "inet pr_preview_policies"

// cluster is all that decides the rules.
type cluster struct {
	// The node whose pods get rules; empty means every pod.
	node       string
	pods       []*core.Pod
	namespaces []*core.Namespace
	policies   []*networking.NetworkPolicy
}

// ruleset renders the whole table. A pod that some policy selects for a direction gets a chain of its
// own for it: a packet that matches one of its rules returns to the caller, any other is dropped.
//
// A packet between two pods meets the sender's egress chain, then the receiver's ingress chain. Service
// addresses have been replaced by pod addresses by then. What the node itself sends (probes) is not
// looked at; what pods send to the node is.
func (c *cluster) ruleset() string {
	var chains strings.Builder
	var egress, ingress []string
	for _, pod := range c.localPods() {
		if rules, isolated := c.egressOf(pod); isolated {
			egress = append(egress, writeChain(&chains, "egress", pod, rules))
		}
		if rules, isolated := c.ingressOf(pod); isolated {
			ingress = append(ingress, writeChain(&chains, "ingress", pod, rules))
		}
	}

	var all strings.Builder
	// Adding it first lets the deletion succeed where there is none yet.
	fmt.Fprintf(&all, "add table %s\ndelete table %s\ntable %s {\n", table, table, table)
	all.WriteString(chains.String())
	all.WriteString("\tchain policies {\n\t\tct state established,related accept\n")
	writeDispatch(&all, "saddr", egress)
	writeDispatch(&all, "daddr", ingress)
	all.WriteString("\t}\n")
	for _, hook := range []string{"forward", "input"} {
		fmt.Fprintf(&all, "\tchain %s {\n\t\ttype filter hook %s priority filter + 10; policy accept;\n\t\tjump policies\n\t}\n", hook, hook)
	}
	all.WriteString("}\n")
	return all.String()
}

// localPods are those of the node, one for each address: while a deleted pod's object lingers, a new pod may
// have its address already.
func (c *cluster) localPods() (local []*core.Pod) {
	youngest := map[string]*core.Pod{}
	for _, pod := range c.sortedPods() {
		elsewhere := c.node != "" && pod.Spec.NodeName != c.node
		if elsewhere || !reachable(pod) {
			continue
		}
		other, taken := youngest[pod.Status.PodIP]
		if !taken || other.CreationTimestamp.Before(&pod.CreationTimestamp) {
			youngest[pod.Status.PodIP] = pod
		}
	}
	for _, pod := range c.sortedPods() {
		if youngest[pod.Status.PodIP] == pod {
			local = append(local, pod)
		}
	}
	return local
}

// sortedPods keeps the text the same while the cluster is: listers answer in any order.
func (c *cluster) sortedPods() []*core.Pod {
	return slices.SortedFunc(slices.Values(c.pods), func(a, b *core.Pod) int {
		return strings.Compare(string(a.UID), string(b.UID))
	})
}

func writeChain(to *strings.Builder, direction string, pod *core.Pod, rules []string) (dispatch string) {
	name := direction + "_" + strings.ReplaceAll(string(pod.UID), "-", "")
	fmt.Fprintf(to, "\tchain %s {\n\t\tcomment \"%s of %s/%s\"\n", name, direction, pod.Namespace, pod.Name)
	slices.Sort(rules)
	for _, rule := range slices.Compact(rules) {
		fmt.Fprintf(to, "\t\t%s\n", strings.TrimSpace(rule+" return"))
	}
	to.WriteString("\t\tcounter drop\n\t}\n")
	return fmt.Sprintf("%s : jump %s", pod.Status.PodIP, name)
}

func writeDispatch(to *strings.Builder, address string, dispatch []string) {
	if len(dispatch) > 0 {
		fmt.Fprintf(to, "\t\tip %s vmap { %s }\n", address, strings.Join(dispatch, ", "))
	}
}

func (c *cluster) ingressOf(pod *core.Pod) (rules []string, isolated bool) {
	for _, policy := range c.policiesOn(pod, networking.PolicyTypeIngress) {
		isolated = true
		for _, rule := range policy.Spec.Ingress {
			ports := portMatches(rule.Ports, func(port networking.NetworkPolicyPort) []string {
				return namedPort(pod, port)
			})
			rules = append(rules, product(c.peerMatches("saddr", rule.From, policy.Namespace), ports)...)
		}
	}
	return rules, isolated
}

func (c *cluster) egressOf(pod *core.Pod) (rules []string, isolated bool) {
	for _, policy := range c.policiesOn(pod, networking.PolicyTypeEgress) {
		isolated = true
		for _, rule := range policy.Spec.Egress {
			// A name means another number on each receiving pod, so each gets a match with its address.
			ports := portMatches(rule.Ports, func(port networking.NetworkPolicyPort) (matches []string) {
				for _, peer := range c.sortedPods() {
					if !reachable(peer) {
						continue
					}
					for _, match := range namedPort(peer, port) {
						matches = append(matches, fmt.Sprintf("ip daddr %s %s", peer.Status.PodIP, match))
					}
				}
				return matches
			})
			rules = append(rules, product(c.peerMatches("daddr", rule.To, policy.Namespace), ports)...)
		}
	}
	return rules, isolated
}

func (c *cluster) policiesOn(pod *core.Pod, direction networking.PolicyType) (selecting []*networking.NetworkPolicy) {
	for _, policy := range c.policies {
		if policy.Namespace == pod.Namespace &&
			slices.Contains(policy.Spec.PolicyTypes, direction) &&
			selects(&policy.Spec.PodSelector, pod.Labels) {
			selecting = append(selecting, policy)
		}
	}
	return selecting
}

// peerMatches answers with one match for each address block and one for all selected pods; no peers at
// all mean any address. Peers that select nothing match nothing.
func (c *cluster) peerMatches(address string, peers []networking.NetworkPolicyPeer, namespace string) []string {
	if len(peers) == 0 {
		return []string{""}
	}
	var matches, pods []string
	for _, peer := range peers {
		if block := peer.IPBlock; block != nil {
			if match, ipv4 := blockMatch(address, block); ipv4 {
				matches = append(matches, match)
			}
			continue
		}
		for _, pod := range c.pods {
			if reachable(pod) && c.isPeer(peer, pod, namespace) {
				pods = append(pods, pod.Status.PodIP)
			}
		}
	}
	if len(pods) > 0 {
		slices.Sort(pods)
		matches = append(matches, fmt.Sprintf("ip %s { %s }", address, strings.Join(slices.Compact(pods), ", ")))
	}
	return matches
}

// blockMatch leaves IPv6 out: the local cluster has none.
func blockMatch(address string, block *networking.IPBlock) (match string, ipv4 bool) {
	if strings.Contains(block.CIDR, ":") {
		return "", false
	}
	match = fmt.Sprintf("ip %s %s", address, block.CIDR)
	if len(block.Except) > 0 {
		match += fmt.Sprintf(" ip %s != { %s }", address, strings.Join(block.Except, ", "))
	}
	return match, true
}

func (c *cluster) isPeer(peer networking.NetworkPolicyPeer, pod *core.Pod, namespace string) bool {
	if peer.NamespaceSelector == nil {
		if pod.Namespace != namespace {
			return false
		}
	} else if !selects(peer.NamespaceSelector, c.namespaceLabels(pod.Namespace)) {
		return false
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
}

func (c *cluster) namespaceLabels(name string) map[string]string {
	for _, namespace := range c.namespaces {
		if namespace.Name == name {
			return namespace.Labels
		}
	}
	return nil
}

// portMatches answers with a match for each port; no ports at all mean any.
func portMatches(ports []networking.NetworkPolicyPort, named func(networking.NetworkPolicyPort) []string) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var matches []string
	for _, port := range ports {
		switch {
		case port.Port == nil:
			matches = append(matches, "meta l4proto "+protocol(port))
		case port.Port.Type == intstr.String:
			matches = append(matches, named(port)...)
		case port.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", protocol(port), port.Port.IntVal, *port.EndPort))
		default:
			matches = append(matches, fmt.Sprintf("%s dport %d", protocol(port), port.Port.IntVal))
		}
	}
	return matches
}

func namedPort(pod *core.Pod, port networking.NetworkPolicyPort) (matches []string) {
	for _, container := range pod.Spec.Containers {
		for _, exposed := range container.Ports {
			if exposed.Name == port.Port.StrVal && strings.EqualFold(string(exposed.Protocol), protocol(port)) {
				matches = append(matches, fmt.Sprintf("%s dport %d", protocol(port), exposed.ContainerPort))
			}
		}
	}
	return matches
}

func protocol(port networking.NetworkPolicyPort) string {
	if port.Protocol == nil {
		return "tcp"
	}
	return strings.ToLower(string(*port.Protocol))
}

// product joins each of the first with each of the second: both must match.
func product(first, second []string) (both []string) {
	for _, a := range first {
		for _, b := range second {
			both = append(both, strings.TrimSpace(a+" "+b))
		}
	}
	return both
}

// reachable tells whether the pod has an address that is its own and in use.
func reachable(pod *core.Pod) bool {
	finished := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !finished
}

func selects(selector *meta.LabelSelector, of map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}
