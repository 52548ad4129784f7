// Command etcd is the etcd server. The released program lives in a module whose replace lines point
// at folders beside it, so it cannot be built from the module proxy; its server module can.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
