module seeother.example/goshop

go 1.22
