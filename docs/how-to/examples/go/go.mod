module seeother.example/checkout

go 1.22
