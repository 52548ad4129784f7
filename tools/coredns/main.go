// Command coredns is CoreDNS with the plugins that the local cluster's Corefile uses. The stock
// program links about fifty, cloud SDKs among them, and takes half a minute of compiling for each core.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

// A query passes the plugins of its server block in this order, whatever the order in the Corefile.
var pluginOrder = []string{
	"bind",
	"health",
	"ready",
	"log",
	"errors",
	"cache",
	"template",
	"hosts",
	"kubernetes",
	"forward",
}

func main() {
	dnsserver.Directives = pluginOrder
	coremain.Run()
}
