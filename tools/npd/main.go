// Command npd enforces NetworkPolicy on the local cluster's one real node: `npd <kubeconfig> [node name]`.
// Without a name it has rules for the pods of all nodes, simulated ones too.
//
// It runs in the node's network namespace and keeps one nftables table, replaced as a whole whenever
// pods, namespaces or policies change. A pod is unfiltered for the moment between getting its address
// and the next replacement, and connections that exist outlive a new denial: good enough to see in a
// demo or a test that a policy lets through what it should and nothing else, not for production.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// Changes come in bursts (a Deployment's pods); one replacement serves them all.
	settle = 30 * time.Millisecond
	retry  = time.Second
)

func main() {
	var node string
	switch len(os.Args) {
	case 2:
	case 3:
		node = os.Args[2]
	default:
		log.Fatal("usage: npd <kubeconfig> [node name]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := enforce(ctx, os.Args[1], node); err != nil {
		log.Fatal(err)
	}
}

// enforce follows the cluster until ctx ends. The rules stay in place after it: failing open would be worse.
func enforce(ctx context.Context, kubeconfig, node string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("reading %s: %w", kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("client from %s: %w", kubeconfig, err)
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	changed := make(chan struct{}, 1)
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(notifying(changed)); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	notify(changed)

	applied := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		time.Sleep(settle)
		var now cluster
		now.node = node
		if now.pods, err = pods.Lister().List(labels.Everything()); err != nil {
			return err
		}
		if now.namespaces, err = namespaces.Lister().List(labels.Everything()); err != nil {
			return err
		}
		if now.policies, err = policies.Lister().List(labels.Everything()); err != nil {
			return err
		}
		rules := now.ruleset()
		if rules == applied {
			continue
		}
		if err := load(ctx, rules); err != nil {
			log.Printf("%v; trying again in %s", err, retry)
			time.AfterFunc(retry, func() { notify(changed) })
			continue
		}
		applied = rules
		log.Printf("applied %d policies to %d pods", len(now.policies), len(now.pods))
	}
}

func notifying(changed chan<- struct{}) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify(changed) },
		UpdateFunc: func(any, any) { notify(changed) },
		DeleteFunc: func(any) { notify(changed) },
	}
}

// notify never blocks: a change that is waiting already covers this one.
func notify(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// load replaces the table in one kernel transaction.
func load(ctx context.Context, rules string) error {
	nft := exec.CommandContext(ctx, "nft", "-f", "-")
	nft.Stdin = strings.NewReader(rules)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft refused the rules: %w: %s", err, output)
	}
	return nil
}
