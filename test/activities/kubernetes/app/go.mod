module pr-preview.io/test-app

go 1.26
