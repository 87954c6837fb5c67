package view

// API explains the JSON API to those who write programs for it.
type API struct {
	Shell
	DocumentURL string // of the OpenAPI document
	TokensURL   string // where API tokens are made; "" for guests
	Operations  []APIOperation
	Problems    []APIProblem
}

// APIOperation is one operation.
type APIOperation struct {
	Anchor  string
	Method  string
	Path    string
	Name    string
	Text    string
	Takes   APITable // parameters and headers
	Body    APITable
	Media   string
	Answers APITable
	Like    Link // the operation that answers the same; Answers is empty then
	Status  int
	Fails   []APIProblem
	Curl    string
}

// APITable lists values below the heading with the id.
type APITable struct {
	ID   string
	Of   string // id of the heading of its operation
	Rows []APIValue
}

// APIValue is a parameter, or a value of a body or an answer.
type APIValue struct {
	Name     string
	Type     string
	Bounds   string
	Required bool
	Text     string
}

// APIProblem is a kind of problem, by the anchor that its type names.
type APIProblem struct {
	Anchor string
	Status int
	Name   string
	Text   string
}

func (*API) view() string { return "api" }
